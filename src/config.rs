//! Settings: file, then environment, then flags. Every key is documented in `docs` of [`Config`] (a test checks it).
