//! The data model of DIDs, credentials and presentations: parse, prove, status lists, Presentation Exchange.
