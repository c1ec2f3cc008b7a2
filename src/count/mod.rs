//! Accesses: from an answered request to a class, a verdict, sums and a report (definition v1).

pub mod access;
