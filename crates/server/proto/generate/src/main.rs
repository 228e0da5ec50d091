//! Makes Rust of the messages of gRPC.

use std::error::Error;
use std::fs;
use std::path::Path;

const FILES: [&str; 2] =
    ["envoy/service/auth/v3/external_auth.proto", "grpc/health/v1/health.proto"];

const NOTE: &str = "//! Made from `crates/server/proto` by its program `generate`; not to be edited.\n\n";

fn main() -> Result<(), Box<dyn Error>> {
    let proto = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let out = proto.join("../src/gateway/envoy_grpc/generated");
    let descriptors = protox::compile(FILES, [&proto])?;
    tonic_prost_build::configure()
        .build_client(false)
        .build_transport(false)
        .out_dir(&out)
        .compile_fds(descriptors)?;
    for entry in fs::read_dir(&out)? {
        let made = entry?.path();
        let name = made.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // A file for each package, in the folders of its modules.
        let package = name.strip_suffix(".rs").filter(|package| package.contains('.'));
        if let Some(package) = package {
            let path = out.join(package.replace("r#", "").replace('.', "/")).with_extension("rs");
            fs::create_dir_all(path.parent().unwrap_or(&out))?;
            let code = fs::read_to_string(&made)?.replace("::prost::", "prost::");
            fs::write(&path, format!("{NOTE}{code}"))?;
            fs::remove_file(&made)?;
        }
    }
    Ok(())
}
