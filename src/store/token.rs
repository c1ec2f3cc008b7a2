//! Tokens. Of a token its digest is kept, never its text.

use duckdb::{OptionalExt as _, params};

use super::ingest::time_text;
use super::{Store, StoreError};
use crate::model::code::MunicipalityCode;
use crate::model::token::{Rights, Token, digest, is_same};

const COLUMNS: &str = "id, name, organization, rights, epoch_us(created), epoch_us(expires), epoch_us(revoked), digest";

impl Store {
    /// Keeps a token.
    pub fn add_token(&self, token: &Token, text: &str) -> Result<(), StoreError> {
        self.writer().execute(
            "INSERT INTO api_token VALUES (?, ?, ?, ?, ?::TIMESTAMP, ?::TIMESTAMP, NULL, ?)",
            params![
                token.id,
                token.name,
                token.organization.map(|code| code.as_str().to_owned()),
                token.rights.as_str(),
                time_text(token.created),
                token.expires.map(time_text),
                hex::encode(digest(text)),
            ],
        )?;
        Ok(())
    }

    /// All tokens, the newest last.
    pub fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        Ok(self.kept_tokens()?.into_iter().map(|(token, _)| token).collect())
    }

    /// The token of a text, valid at `now`. Every kept digest is compared, whichever fits.
    pub fn token(&self, text: &str, now: jiff::Timestamp) -> Result<Option<Token>, StoreError> {
        let given = digest(text);
        let mut found = None;
        for (token, kept) in self.kept_tokens()? {
            if is_same(&kept, &given) {
                found = Some(token);
            }
        }
        Ok(found.filter(|token| token.is_valid(now)))
    }

    /// Ends a token, and those that were made with it. `false` where there is none of this id, or it was ended before.
    pub fn revoke_token(&self, id: &str, now: jiff::Timestamp) -> Result<bool, StoreError> {
        let family = self.tokens_made_with(id)?;
        let writer = self.writer();
        for token in family.iter().filter(|token| token.revoked.is_none()) {
            writer.execute(
                "UPDATE api_token SET revoked = ?::TIMESTAMP WHERE id = ?",
                params![time_text(now), token.id],
            )?;
        }
        let known: Option<String> = writer
            .query_row("SELECT id FROM api_token WHERE id = ? AND revoked IS NULL", [id], |row| row.get(0))
            .optional()?;
        if known.is_none() {
            return Ok(false);
        }
        writer.execute("UPDATE api_token SET revoked = ?::TIMESTAMP WHERE id = ?", params![time_text(now), id])?;
        Ok(true)
    }

    fn kept_tokens(&self) -> Result<Vec<(Token, [u8; 32])>, StoreError> {
        self.reading(|connection| {
            let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM api_token ORDER BY created, id"))?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let stored = |detail: &str| StoreError::Stored { what: "token", detail: detail.to_owned() };
                let organization: Option<String> = row.get(2)?;
                let rights: String = row.get(3)?;
                let time = |at: i64| jiff::Timestamp::from_microsecond(at).map_err(|error| stored(&error.to_string()));
                let mut kept = [0; 32];
                hex::decode_to_slice(row.get::<_, String>(7)?, &mut kept)
                    .map_err(|error| stored(&error.to_string()))?;
                let token = Token {
                    id: row.get(0)?,
                    name: row.get(1)?,
                    organization: organization
                        .map(|code| MunicipalityCode::parse(&code).map_err(|error| stored(&error.to_string())))
                        .transpose()?,
                    rights: Rights::parse(&rights).ok_or_else(|| stored(&rights))?,
                    created: time(row.get(4)?)?,
                    expires: row.get::<_, Option<i64>>(5)?.map(time).transpose()?,
                    revoked: row.get::<_, Option<i64>>(6)?.map(time).transpose()?,
                };
                found.push((token, kept));
            }
            Ok(found)
        })
    }
}
