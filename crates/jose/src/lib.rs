//! Reads, checks and writes JWK, JWS, JWT, JWE and DPoP proofs.
