//! The national standard (自治体標準オープンデータセット) as data, and the binding of a file's header to its fields.
