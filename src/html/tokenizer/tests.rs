use super::*;
use html5ever::tokenizer::{Doctype, Tag, TagKind};
use serde_json::Value;
use std::cell::RefCell;

/// A token, for comparing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen {
    Start(String, Vec<(String, Value)>, bool),
    End(String),
    Text(String),
    Comment(String),
    Doctype(Option<String>, Option<String>, Option<String>, bool),
    EndOfFile,
}

/// Keeps the tokens, and switches the state as the tree builder does.
struct Keeper {
    seen: RefCell<Vec<Seen>>,
    foreign: bool,
    switches: bool,
}

impl Sink for Keeper {}

impl TokenSink for Keeper {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let text = |text: Option<StrTendril>| text.map(|text| text.to_string());
        let mut result = TokenSinkResult::Continue;
        self.seen.borrow_mut().push(match token {
            Token::TagToken(Tag { kind: TagKind::StartTag, name, self_closing, attrs, .. }) => {
                if self.switches {
                    result = match &*name {
                        "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
                        "style" | "xmp" => TokenSinkResult::RawData(RawKind::Rawtext),
                        "script" => TokenSinkResult::RawData(RawKind::ScriptData),
                        "plaintext" => TokenSinkResult::Plaintext,
                        _ => TokenSinkResult::Continue,
                    };
                }
                let attribute = |attribute: Attribute| {
                    (attribute.name.local.to_string(), Value::from(attribute.value.to_string()))
                };
                Seen::Start(name.to_string(), attrs.into_iter().map(attribute).collect(), self_closing)
            }
            Token::TagToken(Tag { name, .. }) => Seen::End(name.to_string()),
            Token::CharacterTokens(text) => Seen::Text(text.to_string()),
            Token::NullCharacterToken => Seen::Text("\0".to_string()),
            Token::CommentToken(text) => Seen::Comment(text.to_string()),
            Token::DoctypeToken(Doctype { name, public_id, system_id, force_quirks }) => {
                Seen::Doctype(text(name), text(public_id), text(system_id), !force_quirks)
            }
            Token::EOFToken => Seen::EndOfFile,
            Token::ParseError(_) => panic!("no errors are reported"),
        });
        result
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.foreign
    }
}

pub(super) fn tokens(input: &StrTendril, state: State, last: Option<LocalName>) -> Vec<Seen> {
    let keeper = Keeper { seen: RefCell::default(), foreign: false, switches: false };
    tokenize(input, state, last, keeper).seen.into_inner()
}
