//! A site with a log-in form as they are: a token against forgery, a checkbox, two submit
//! buttons, and a file.
#![allow(dead_code)] // each test file uses its part

use super::server::{Seen, Server, reply};
use std::sync::atomic::{AtomicUsize, Ordering};

const PAGE: &str = "<title>Log in</title><form id=login method=post enctype=multipart/form-data action=session>\
    <input type=hidden name=csrf value=TOKEN>\
    <input name=user><input type=password name=password>\
    <label><input type=checkbox name=remember> Remember me</label>\
    <input type=file name=avatar>\
    <button name=go value=login>Log in</button>\
    <button name=go value=register formaction=register>Register</button></form>";

/// The site. It tells each visitor another token, lets in who sends it back with the right
/// password by the right button, and greets with all that the form said.
pub fn site() -> Server {
    Server::new(|seen| {
        let html = |status, headers: &[(&str, &str)], body: &str| {
            let headers: Vec<_> = headers.iter().copied().chain([("Content-Type", "text/html")]).collect();
            reply(status, &headers, body.as_bytes())
        };
        match (&*seen.method, &*seen.target) {
            ("GET", "/account/login") => {
                static TOKENS: AtomicUsize = AtomicUsize::new(1000);
                let token = format!("t{}", TOKENS.fetch_add(1, Ordering::Relaxed));
                let cookie = format!("csrf={token}; Path=/; HttpOnly");
                html("200 OK", &[("Set-Cookie", &cookie)], &PAGE.replace("TOKEN", &token))
            }
            ("POST", "/account/session") => match greeting(seen) {
                Ok(text) => {
                    let cookie = format!("home={}; Path=/", text.replace(' ', "+"));
                    html("303 See Other", &[("Location", "/home"), ("Set-Cookie", &cookie)], "")
                }
                Err(why) => html("403 Forbidden", &[], &format!("<p class=error>{why}</p>")),
            },
            ("POST", "/account/register") => html("403 Forbidden", &[], "<p class=error>closed</p>"),
            ("GET", "/home") => {
                let text = cookie(seen, "home").unwrap_or_default().replace('+', " ");
                html("200 OK", &[], &format!("<h1>{text}</h1>"))
            }
            _ => html("404 Not Found", &[], ""),
        }
    })
}

fn greeting(seen: &Seen) -> Result<String, String> {
    let parts = parts(seen)?;
    let field = |name: &str| parts.iter().find(|part| part.name == name).map(|part| &*part.content);
    if field("csrf").is_none() || field("csrf").map(str::to_string) != cookie(seen, "csrf") {
        return Err("forged".into());
    }
    if (field("user"), field("password")) != (Some("ada"), Some("s3cret & more")) {
        return Err("wrong password".into());
    }
    let names: Vec<&str> = parts.iter().map(|part| &*part.name).collect();
    let remembered = if field("remember") == Some("on") { "remembered" } else { "forgotten" };
    let avatar = parts.iter().find(|part| part.name == "avatar").ok_or("no avatar")?;
    let Part { filename, media_type, content, .. } = avatar;
    Ok(format!(
        "{} by {} {remembered} {filename} {media_type} {content}",
        names.join("/"),
        field("go").unwrap_or("nothing")
    ))
}

fn cookie(seen: &Seen, name: &str) -> Option<String> {
    let header = seen.header("cookie")?;
    header.split("; ").find_map(|pair| Some(pair.strip_prefix(name)?.strip_prefix('=')?.to_string()))
}

/// A part of a multipart body.
struct Part {
    name: String,
    filename: String,
    media_type: String,
    content: String,
}

fn parts(seen: &Seen) -> Result<Vec<Part>, String> {
    let media_type = seen.header("content-type").unwrap_or_default();
    let (_, boundary) = media_type.split_once("multipart/form-data; boundary=").ok_or("no multipart")?;
    let body = String::from_utf8(seen.body.clone()).map_err(|_| "no text")?;
    let body = body.strip_suffix(&format!("\r\n--{boundary}--\r\n")).ok_or("no end")?;
    let separator = format!("--{boundary}\r\n");
    let body = body.strip_prefix(&separator).ok_or("no beginning")?;
    let between = format!("\r\n{separator}");
    let parts = body.split(&between).map(|part| {
        let (head, content) = part.split_once("\r\n\r\n").ok_or("no head")?;
        let after = |label: &str, end: char| {
            let (_, rest) = head.split_once(label)?;
            Some(rest.split(end).next().unwrap_or_default().to_string())
        };
        Ok(Part {
            name: after("; name=\"", '"').ok_or("no name")?,
            filename: after("; filename=\"", '"').unwrap_or_default(),
            media_type: after("Content-Type: ", '\r').unwrap_or_default(),
            content: content.into(),
        })
    });
    parts.collect()
}
