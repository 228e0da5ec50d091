//! The messages, made by `crates/server/proto/generate`; modules are named as the packages are.

#![expect(
    unused_qualifications,
    clippy::pedantic,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "the generators write what they write"
)]

/// Envoy.
pub mod envoy {
    /// Configuration.
    pub mod config {
        /// What many messages share.
        pub mod core {
            /// Version 3.
            pub mod v3;
        }
    }
    /// Services.
    pub mod service {
        /// `ext_authz`.
        pub mod auth {
            /// Version 3.
            pub mod v3;
        }
    }
    /// Types.
    pub mod r#type {
        /// Version 3.
        pub mod v3;
    }
}
/// Google APIs.
pub mod google {
    /// Remote calls.
    pub mod rpc;
}
/// gRPC.
pub mod grpc {
    /// Health checks.
    pub mod health {
        /// Version 1.
        pub mod v1;
    }
}
