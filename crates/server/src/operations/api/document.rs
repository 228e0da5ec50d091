//! One description, as far as the page shows it.

use serde_json::Value;

/// A description.
pub(super) struct Document {
    tree: Value,
}

/// One operation of a description.
pub(super) struct Operation<'d> {
    /// `GET`.
    pub(super) method: String,
    /// Its path.
    pub(super) path: &'d str,
    /// `public`, `internal` or `both`.
    pub(super) listener: &'d str,
    /// The operation object.
    pub(super) tree: &'d Value,
    /// Parameters of the path and of the operation.
    pub(super) parameters: Vec<&'d Value>,
}

/// Reads one of our own files.
pub(super) fn parse(text: &str) -> Document {
    Document { tree: serde_saphyr::from_str(text).expect("a test reads every file") }
}

impl Document {
    /// A text of `info`.
    pub(super) fn info(&self, name: &str) -> &str {
        text(self.tree.pointer("/info").unwrap_or(&Value::Null), name)
    }

    /// The operations, in the order of the file.
    pub(super) fn operations(&self) -> Vec<Operation<'_>> {
        let paths = members(self.tree.get("paths"));
        paths.flat_map(|(path, item)| self.operations_of(path, item)).collect()
    }

    /// What a node says, or what it refers to with `$ref`.
    pub(super) fn resolve<'d>(&'d self, node: &'d Value) -> &'d Value {
        let target = node.get("$ref").and_then(Value::as_str);
        let pointer = target.and_then(|target| target.strip_prefix('#'));
        pointer.and_then(|pointer| self.tree.pointer(pointer)).unwrap_or(node)
    }

    fn operations_of<'d>(&'d self, path: &'d str, item: &'d Value) -> Vec<Operation<'d>> {
        let shared = elements(item.get("parameters"));
        let shared: Vec<_> = shared.map(|parameter| self.resolve(parameter)).collect();
        let methods = members(Some(item)).filter(|(_, tree)| tree.get("responses").is_some());
        let operation = |(method, tree): (&'d str, &'d Value)| Operation {
            method: method.to_ascii_uppercase(),
            path,
            listener: match text(tree, "x-listener") {
                "" => text(&self.tree, "x-listener"),
                listener => listener,
            },
            tree,
            parameters: shared
                .iter()
                .copied()
                .chain(elements(tree.get("parameters")).map(|parameter| self.resolve(parameter)))
                .collect(),
        };
        methods.map(operation).collect()
    }
}

/// A text member, or nothing.
pub(super) fn text<'v>(node: &'v Value, name: &str) -> &'v str {
    node.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The members of an object, in the order of the file.
pub(super) fn members(node: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let members = node.and_then(Value::as_object).into_iter().flatten();
    members.map(|(name, value)| (name.as_str(), value))
}

/// The elements of a list.
pub(super) fn elements(node: Option<&Value>) -> impl Iterator<Item = &Value> {
    node.and_then(Value::as_array).into_iter().flatten()
}
