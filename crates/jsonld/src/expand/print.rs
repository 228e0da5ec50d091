//! Writes an expanded document as JSON.

use serde_json::{Map, Value};

use crate::tree::{Id, Item, Literal, Member, Node, Scalar};

/// The expanded form, [JSON-LD 1.1 §9.1](https://www.w3.org/TR/json-ld11/#expanded-document-form).
pub(crate) fn print(items: &[Item<'_>]) -> Value {
    Value::Array(items.iter().map(print_item).collect())
}

fn print_item(item: &Item<'_>) -> Value {
    match item {
        Item::Node(node) => print_node(node),
        Item::Literal(literal) => print_literal(literal),
        Item::List(list) => {
            let mut object = Map::new();
            object.insert("@list".to_owned(), print(&list.items));
            if let Some(index) = &list.index {
                object.insert("@index".to_owned(), Value::from(&**index));
            }
            Value::Object(object)
        }
    }
}

fn print_node(node: &Node<'_>) -> Value {
    let mut object = Map::new();
    if let Some(id) = &node.id {
        let id = match id {
            Id::Iri(iri) => Value::from(&*iri.text),
            Id::Null => Value::Null,
        };
        object.insert("@id".to_owned(), id);
    }
    if let Some(types) = &node.types {
        let types = types.iter().map(|iri| Value::from(&*iri.text)).collect();
        object.insert("@type".to_owned(), types);
    }
    print_members(&node.members, &mut object);
    let Some(rare) = &node.rare else { return Value::Object(object) };
    if let Some(index) = &rare.index {
        object.insert("@index".to_owned(), Value::from(&**index));
    }
    if let Some(graph) = &rare.graph {
        object.insert("@graph".to_owned(), print(graph));
    }
    if let Some(included) = &rare.included {
        object.insert("@included".to_owned(), print(included));
    }
    if !rare.reverse.is_empty() {
        let mut reverse = Map::new();
        print_members(&rare.reverse, &mut reverse);
        object.insert("@reverse".to_owned(), Value::Object(reverse));
    }
    Value::Object(object)
}

fn print_members(members: &[Member<'_>], object: &mut Map<String, Value>) {
    for Member { property, item } in members {
        let values = object.entry(&*property.text).or_insert_with(|| Value::Array(Vec::new()));
        if let (Value::Array(values), Some(item)) = (values, item) {
            values.push(print_item(item));
        }
    }
}

fn print_literal(literal: &Literal<'_>) -> Value {
    let mut object = Map::new();
    if matches!(literal.scalar, Scalar::Json(_)) {
        object.insert("@type".to_owned(), Value::from("@json"));
    }
    object.insert("@value".to_owned(), literal.scalar.to_json());
    if let Some(datatype) = &literal.datatype {
        object.insert("@type".to_owned(), Value::from(&*datatype.text));
    }
    let texts = [("@language", &literal.language), ("@index", &literal.index)];
    for (name, text) in texts {
        if let Some(text) = text {
            object.insert(name.to_owned(), Value::from(&**text));
        }
    }
    if let Some(direction) = literal.direction {
        object.insert("@direction".to_owned(), Value::from(direction.as_str()));
    }
    Value::Object(object)
}
