//! The page that a browser gets for an OAuth error.

use std::borrow::Cow;

/// Text that is safe between tags and inside quoted attributes.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

/// The error page, byte for byte what users and their service desks know.
pub(crate) fn error_page(code: &str, description: &str) -> String {
    let (code, description) = (escape(code), escape(description));
    format!(
        r#"<html lang="en">
<head>
    <meta charset="UTF-8">
    <title>Authorization error</title>
</head>
<body>
    <h1>Authorization error</h1>
    <p>Couldn't fulfill the request. You can try again, or contact your service provider if the error persists.</p>
    <p>You should provide them with the error details shown below.</p>
    <pre style="margin: 5px; padding: 10px; background-color: #eff1f5">
Code: {code}
Description: {description}</pre>
</body>
</html>"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_cannot_break_out_of_its_element() {
        let page = error_page("invalid_request", "</pre><script>alert('x')</script>");
        assert!(page.contains("&lt;/pre&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;</pre>"));
    }

    #[test]
    fn the_page_has_the_recorded_length() {
        assert_eq!(error_page("invalid_scope", "not found").len(), 461);
    }
}
