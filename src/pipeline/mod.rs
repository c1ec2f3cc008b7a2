//! The whole way of the data on one screen: a file to a release.
