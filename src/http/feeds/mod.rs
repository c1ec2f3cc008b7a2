//! Atom feeds of what is new: all datasets, those of an organization, of a tag, of a search, and the releases of one
//! dataset; under the addresses of CKAN.
//!
//! Sources: RFC 4287 (Atom), RFC 5005 §3 (paged feeds), `ckan/views/feed.py` (addresses, parameters, 20 entries).

mod atom;
mod question;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State, rejection::PathRejection};
use axum::response::Response;
use axum::routing::get;
use http::HeaderMap;

use super::app::App;
use super::dcat::{Site, answer, identity_of, unreadable};
use super::disposition::path_segment;
use super::problem::Problem;
use super::search::{Expression, Field, Matcher};
use crate::count::access::Access;
use atom::Feed;
use question::Question;

/// Entries on one page (CKAN's own number).
const PER_PAGE: usize = 20;
/// The ending of every feed's address.
const ENDING: &str = ".atom";

/// The routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/feeds/dataset.atom", get(all))
        .route("/feeds/custom.atom", get(custom))
        .route("/feeds/dataset/{id}", get(of_dataset))
        .route("/feeds/organization/{id}", get(of_organization))
        .route("/feeds/group/{id}", get(of_group))
        .route("/feeds/tag/{id}", get(of_tag))
}

type InPath = Result<Path<String>, PathRejection>;
type Answer = Result<Response, Problem>;

/// The id in `/feeds/…/{id}.atom`.
fn id_of(path: InPath) -> Result<String, Problem> {
    let Path(last) = path.map_err(|_| Problem::not_found())?;
    last.strip_suffix(ENDING).filter(|id| !id.is_empty()).map(str::to_owned).ok_or_else(Problem::not_found)
}

async fn all(State(app): State<Arc<App>>, RawQuery(raw): RawQuery, headers: HeaderMap) -> Answer {
    let question = Question::paged(raw.as_deref())?;
    let title = format!("{} - データセットの更新", app.config.site_title);
    let about = About { title, path: "/feeds/dataset.atom".to_owned(), page: "/dataset".to_owned() };
    searched(&app, question, about, &headers, Access::Other).await
}

async fn of_organization(
    State(app): State<Arc<App>>,
    path: InPath,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let id = id_of(path)?;
    let catalogue = app.catalogue();
    let organization = catalogue.organization(&id).ok_or_else(Problem::not_found)?;
    let name = organization.name.as_str();
    let mut question = Question::paged(raw.as_deref())?;
    question.narrow(Expression::Is(Field::Organization, Matcher::Term(name.to_owned())));
    let about = About {
        title: format!("{} - {}の更新", app.config.site_title, organization.title),
        path: format!("/feeds/organization/{name}{ENDING}"),
        page: format!("/organization/{name}"),
    };
    searched(&app, question, about, &headers, Access::Other).await
}

/// There are no groups.
async fn of_group() -> Problem {
    Problem::not_found()
}

async fn of_tag(State(app): State<Arc<App>>, path: InPath, RawQuery(raw): RawQuery, headers: HeaderMap) -> Answer {
    let tag = id_of(path)?;
    if !app.current().index.values(&Field::Tags).any(|(name, _)| name == tag) {
        return Err(Problem::not_found());
    }
    let mut question = Question::paged(raw.as_deref())?;
    question.narrow(Expression::Is(Field::Tags, Matcher::Term(tag.clone())));
    let about = About {
        title: format!("{} - タグ「{tag}」の更新", app.config.site_title),
        path: format!("/feeds/tag/{}{ENDING}", path_segment(&tag)),
        page: format!("/dataset?tags={}", path_segment(&tag)),
    };
    searched(&app, question, about, &headers, Access::Other).await
}

async fn custom(State(app): State<Arc<App>>, RawQuery(raw): RawQuery, headers: HeaderMap) -> Answer {
    let question = Question::parse(raw.as_deref(), app.clock.now(), app.published().index.lexicon())?;
    let about = About {
        title: format!("{} - 検索結果の更新", app.config.site_title),
        path: "/feeds/custom.atom".to_owned(),
        page: question.page_address(),
    };
    let access = if question.kept().is_empty() {
        Access::Other
    } else {
        Access::Search(identity_of(question.kept().iter().map(|(key, value)| (key.as_str(), value.as_str()))))
    };
    searched(&app, question, about, &headers, access).await
}

/// The releases of one dataset: each is an entry of its own, and the feed shows the one in force. A reader keeps those
/// it saw before.
async fn of_dataset(State(app): State<Arc<App>>, path: InPath, headers: HeaderMap) -> Answer {
    let id = id_of(path)?;
    let catalogue = app.catalogue();
    let dataset = catalogue.dataset(&id).ok_or_else(Problem::not_found)?;
    let site = Site::new(&app.config.public_url());
    let own = format!("{}/feeds/dataset/{}{ENDING}", site.url(), dataset.name);
    let feed = Feed {
        id: own.clone(),
        title: format!("{} - {}の更新", app.config.site_title, dataset.title),
        page: site.page(dataset).into_string(),
        own,
        pages: Vec::new(),
        updated: dataset.modified,
        author: dataset.organization.title.clone(),
    };
    let body = feed.write(&site, &[atom::Entry::release(&site, dataset)]).map_err(|error| failed(&error))?;
    Ok(answer(body, atom::MEDIA_TYPE, &headers, dataset.modified, Access::Metadata(dataset.id.uuid())))
}

fn failed(error: &std::io::Error) -> Problem {
    Problem::internal("writing a feed", error)
}

/// What a feed is about.
struct About {
    title: String,
    /// Its own path.
    path: String,
    /// The path of the page that shows the same.
    page: String,
}

async fn searched(app: &Arc<App>, question: Question, about: About, headers: &HeaderMap, access: Access) -> Answer {
    let published = app.published();
    let since = published.since;
    let state = Arc::clone(app);
    let body = app
        .at_length(move || {
            let config = &state.config;
            let found =
                published.index.search(&question.query(PER_PAGE)).map_err(|error| unreadable("q, fq", &error))?;
            let site = Site::new(&config.public_url());
            let at = |path: &str| format!("{}{path}", site.url());
            let page = |number: usize| at(&question.address(&about.path, number));
            let (number, last) = (question.page, found.count.div_ceil(PER_PAGE).max(1));
            let mut pages = vec![("first", page(1)), ("last", page(last))];
            if number > 1 {
                pages.push(("previous", page((number - 1).min(last))));
            }
            if number < last {
                pages.push(("next", page(number + 1)));
            }
            // The newest of what is shown; a feed without entries is as old as the newest dataset there is.
            let shown = found.datasets.iter().map(|dataset| dataset.modified).max();
            let newest = || published.catalogue.datasets().iter().map(|dataset| dataset.modified).max();
            let feed = Feed {
                id: page(1),
                title: about.title,
                page: at(&about.page),
                own: page(number),
                pages,
                updated: shown.or_else(newest).unwrap_or(jiff::Timestamp::UNIX_EPOCH),
                author: config.site_title.clone(),
            };
            // What is renewed every day by itself is no news.
            let entries = found.datasets.iter().filter(|dataset| dataset.of_site.is_none());
            let entries: Vec<_> = entries.map(|dataset| atom::Entry::of(&site, dataset)).collect();
            feed.write(&site, &entries).map_err(|error| failed(&error))
        })
        .await??;
    Ok(answer(body, atom::MEDIA_TYPE, headers, since, access))
}
