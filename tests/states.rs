//! Pseudo-classes that follow from more than an element's own attributes.

use htmlsession::html::{Document, NodeId};

/// The ids of the elements that a selector finds.
fn ids(html: &str, css: &str) -> String {
    let page = Document::parse(html, None);
    let found = page.find(NodeId::DOCUMENT, css).unwrap_or_else(|error| panic!("{css}: {error}"));
    let name = |id: &NodeId| page.tree().attribute(*id, "id").unwrap_or("?").to_string();
    found.iter().map(name).collect::<Vec<_>>().join(" ")
}

#[test]
fn options_are_disabled_by_the_group_and_the_select_around_them() {
    let html = "<select id=s1><optgroup id=g1 disabled><div><option id=a></div></optgroup><option id=b></select>\
                <select id=s2 disabled><optgroup id=g2><option id=c></optgroup><option id=d></select>\
                <fieldset id=f disabled><select id=s3><option id=e></select></fieldset>\
                <select id=s4><datalist><option id=h></datalist></select>\
                <select id=s5 disabled><datalist><optgroup id=g5><option id=i></datalist></select>";
    assert_eq!(ids(html, ":disabled"), "g1 a s2 g2 c d f s3 e s5");
    assert_eq!(ids(html, ":enabled"), "s1 b s4 h g5 i");
}

#[test]
fn only_html_elements_are_read_only() {
    let html = "<p id=p><svg id=s><a id=l></a></svg><math id=m></math><input id=i>";
    assert_eq!(ids(html, "body :read-only"), "p");
    assert_eq!(ids(html, "body :read-write"), "i");
}

#[test]
fn radio_buttons_of_which_none_is_checked_are_indeterminate() {
    let html = "<form id=f><input id=a type=radio name=n><input id=b type=radio name=n checked>\
                <input id=c type=RADIO name=m><input id=d type=radio name=N></form>\
                <input id=e type=radio name=n><input id=g type=radio name=m form=f checked>\
                <input id=h type=radio><input id=i type=radio checked><input id=j type=radio name=''>\
                <input id=k type=checkbox name=k><input id=l name=n>\
                <template><input id=t type=radio name=n></template>\
                <progress id=p></progress><progress id=q value></progress>";
    assert_eq!(ids(html, ":indeterminate"), "d e h j p");
    // The same name in another form, or in none, is another group.
    let html = "<input id=a type=radio name=n checked><form><input id=b type=radio name=n></form>\
                <form><input id=c type=radio name=n checked><input id=d type=radio name=n></form>";
    assert_eq!(ids(html, ":indeterminate"), "b");
}

#[test]
fn what_is_empty_shows_its_placeholder() {
    let html = "<input id=a placeholder=x><input id=b placeholder=x value=y><input id=c placeholder><input id=d>\
                <input id=e type=number placeholder=x value=y><input id=f type=date placeholder=x>\
                <input id=g type=bogus placeholder=x value=''><input id=h type=checkbox placeholder=x>\
                <textarea id=i placeholder=x>\n</textarea><textarea id=j placeholder=x> </textarea>";
    assert_eq!(ids(html, ":placeholder-shown"), "a e g i");
}

#[test]
fn links_of_a_drawing_are_links() {
    let html = "<a id=a href>x</a><svg><a id=b href=/><text>x</text></a><a id=c xlink:href=/></a><a id=d></a>\
                <area id=e href=/></area></svg><math><a id=f href=/></a></math>";
    assert_eq!(ids(html, ":link"), "a b c");
}
