//! What a fact is about: a FHIR resource, a type, a path, or everything.

/// The most segments of a path: as many prefixes are looked up.
const SEGMENTS_MAX: usize = 8;
/// The longest path, in bytes.
const PATH_BYTES_MAX: usize = 1024;
/// The longest FHIR id, in characters (FHIR R4 §2.24.0.1, `id`).
const ID_BYTES_MAX: usize = 64;
/// Everything.
const EVERYTHING: &str = "*";

/// What a fact is about, in one of these forms:
///
/// | form | what |
/// |---|---|
/// | `Task/1` | a FHIR resource |
/// | `Task` | a FHIR type: its resources, and requests to the type as a whole |
/// | `/files/1` | a path below the route of a plain HTTP service |
/// | `/files/*` | everything below a path |
/// | `*` | everything |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource(String);

impl Resource {
    /// Reads one of the forms; `None` if it is none of them.
    pub fn parse(text: &str) -> Option<Self> {
        let is_known = match text.split_once('/') {
            None => text == EVERYTHING || is_type(text),
            Some(("", path)) => text.len() <= PATH_BYTES_MAX && is_path(path),
            Some((resource_type, id)) => is_type(resource_type) && is_id(id),
        };
        is_known.then(|| Self(text.to_owned()))
    }

    /// A value of a column, which was parsed before it was written.
    pub(super) fn stored(text: String) -> Self {
        Self(text)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// All forms that cover one of the resources: what is looked up.
pub(super) fn covering(resources: &[String]) -> Vec<String> {
    let mut forms = vec![EVERYTHING.to_owned()];
    let mut add = |form: String| {
        if !forms.contains(&form) {
            forms.push(form);
        }
    };
    for resource in resources {
        if let Some(path) = resource.strip_prefix('/') {
            let segments: Vec<&str> = path.split('/').take(SEGMENTS_MAX).collect();
            for depth in 0..segments.len() {
                let prefix: String =
                    segments.iter().take(depth).flat_map(|segment| ["/", segment]).collect();
                add(format!("{prefix}/*"));
            }
        }
        add(resource.clone());
    }
    forms
}

/// Whether a text is a reference to a FHIR resource on this server: `Type/id`.
pub(super) fn is_reference(text: &str) -> bool {
    text.split_once('/').is_some_and(|(resource_type, id)| is_type(resource_type) && is_id(id))
}

fn is_type(text: &str) -> bool {
    text.len() <= ID_BYTES_MAX
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    !text.is_empty() && text.len() <= ID_BYTES_MAX && text.bytes().all(is_plain)
}

// SECURITY: only paths that have one spelling, or a denial would miss another one.
fn is_path(path: &str) -> bool {
    let segments: Vec<&str> = path.split('/').collect();
    let last = segments.len().saturating_sub(1);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:@$+,=!".contains(&byte);
    let is_segment = |(index, segment): (usize, &&str)| match *segment {
        // Everything below; the root, and the slash at the end of a path.
        "*" | "" => index == last,
        "." | ".." => false,
        segment => segment.bytes().all(is_plain),
    };
    segments.len() <= SEGMENTS_MAX && segments.iter().enumerate().all(is_segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_has_one_of_five_forms() {
        for text in ["Task/1", "Task", "*", "/", "/*", "/files/*", "/files/a.b-c", "/files/"] {
            assert!(Resource::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "task",
            "task/1",
            "Task/",
            "Task/*",
            "Task/1/_history/2",
            "Task?x=1",
            "Task/é",
            "https://a/Task/1",
            "**",
            "/a/../b",
            "/a//b",
            "/a/*/b",
            "/a%2Fb",
            "/a?b",
            "/a;b",
            "/a*",
            "/a/b/c/d/e/f/g/h/i",
            "#x",
            "urn:uuid:1",
            "Ta-sk",
        ] {
            assert!(Resource::parse(text).is_none(), "{text}");
        }
        assert!(Resource::parse(&format!("Task/{}", "1".repeat(65))).is_none());
    }

    #[test]
    fn what_covers_a_resource_is_its_prefixes_and_everything() {
        let forms = |resource: &[&str]| {
            covering(&resource.iter().map(|&text| text.to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(forms(&["Task/1", "Task"]), ["*", "Task/1", "Task"]);
        assert_eq!(forms(&["/a/b/c"]), ["*", "/*", "/a/*", "/a/b/*", "/a/b/c"]);
        assert_eq!(forms(&["/"]), ["*", "/*", "/"]);
        assert_eq!(forms(&["/a/"]), ["*", "/*", "/a/*", "/a/"]);
        assert_eq!(forms(&[]), ["*"]);
        assert_eq!(forms(&[&"/x".repeat(1000)]).len(), 10);
    }
}
