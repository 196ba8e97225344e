//! What a complete head means: the answer, another try, or another request.

use super::delivery::Delivery;
use super::download;
use super::exchange::{Exchange, is_of_body};
use super::log::{Event, show};
use super::options::Auth;
use super::submission::redirect_page;
use crate::calendar::now;
use crate::engine::Facts;
use crate::error::{Code, Error, Result};
use crate::http::Body;
use crate::http::redirect::{self, Next, Policy, Stripped};
use crate::http::referrer::ReferrerPolicy;
use crate::http::retry::{Failure, RetryPolicy, is_stale_connection};
use crate::lock::lock;
use crate::text::Text;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// What a complete head means.
pub(super) enum Sequel {
    /// It is the answer.
    Final,
    /// The same hop once more, after a delay.
    Retry(Duration),
    /// The same request again: a challenge can be answered, or a range was refused.
    Again,
    Redirect(Next),
}

impl Exchange {
    /// How long to wait before the same hop is tried once more after an error.
    pub(super) fn retry_error(&mut self, error: &Error, facts: &Facts) -> Option<Duration> {
        let method = self.target.as_ref()?.method.as_str();
        if let Some(Ok(Sequel::Retry(delay))) = self.hop.sequel
            && is_of_body(error.code())
        {
            return Some(delay);
        }
        // What the caller was given cannot be taken back; a file is gone on with, or begun anew.
        if matches!(self.hop.delivery, Delivery::Stream(_) | Delivery::Sink(_)) {
            return None;
        }
        if !self.revived
            && is_stale_connection(error.code(), facts.reused, facts.unanswered, facts.received, method)
            && self.hop.head.head().status == 0
        {
            self.revived = true;
            self.note(Event::Retry, "at once: the connection had died".into());
            return Some(Duration::ZERO);
        }
        let delay = self.decide_retry(Failure::Error(error.code()))?;
        self.note_retry(delay, error.code().description().to_string_lossy().as_ref());
        Some(delay)
    }

    /// Whether sending a request twice is allowed whatever its method.
    pub(super) fn may_repeat(&self) -> bool {
        self.request
            .retry
            .as_ref()
            .unwrap_or(&self.options.retry)
            .as_ref()
            .is_some_and(|policy| policy.any_method)
    }

    fn retry_policy(&self) -> Option<Cow<'_, RetryPolicy>> {
        let policy = self.request.retry.as_ref().unwrap_or(&self.options.retry).as_ref();
        let Some((attempts, backoff)) = self.request.attempts else { return policy.map(Cow::Borrowed) };
        let mut policy = policy.cloned().unwrap_or_default();
        (policy.attempts, policy.backoff) = (attempts, backoff);
        Some(Cow::Owned(policy))
    }

    fn decide_retry(&self, failure: Failure) -> Option<Duration> {
        let (policy, target) = (self.retry_policy()?, self.target.as_ref()?);
        if let Failure::Status(status, _) = failure
            && !policy.statuses.contains(&status)
        {
            return None;
        }
        let mut random = [0; 4];
        let _ = getrandom::fill(&mut random);
        let random = f64::from(u32::from_ne_bytes(random)) / (f64::from(u32::MAX) + 1.0);
        policy.decide(target.method.as_str(), self.tries + 1, failure, random, now()).map(|retry| retry.delay)
    }

    fn note_retry(&mut self, delay: Duration, why: &str) {
        self.tries += 1;
        let (tries, attempts) = (self.tries, self.retry_policy().map_or(1, |policy| policy.attempts));
        let delay = delay.as_millis();
        self.note(Event::Retry, format!("{why}: try {} of {attempts} in {delay} ms", tries + 1));
    }

    /// Whether the response asks for another request.
    pub(super) fn judge(&mut self) -> Result<Sequel> {
        let head = self.hop.head.head();
        let status = head.status;
        let told = Failure::Status(status, head.headers.get_str("retry-after"));
        if let Some(delay) = self.decide_retry(told) {
            self.note_retry(delay, &format!("status {status}"));
            return Ok(Sequel::Retry(delay));
        }
        let Some(target) = &self.target else { return Ok(Sequel::Final) };
        let head = self.hop.head.head();
        let auth = self.request.auth.as_ref().unwrap_or(&self.options.auth);
        let own = target.headers.contains("authorization") || self.is_absent("authorization");
        if let (401, true, false, Auth::Digest(client)) = (status, target.trusted, own, auth) {
            let values = head.headers.get_all("www-authenticate");
            if lock(client).challenged(&target.url, values, target.answers)? {
                self.tries = 0;
                self.target.as_mut().expect("there is one").answers += 1;
                self.note(Event::Auth, "a Digest challenge is answered".into());
                return Ok(Sequel::Again);
            }
        }
        if status == 417 && target.headers.contains("expect") {
            // Sent once more without it (RFC 9110, 10.1.1).
            Arc::make_mut(&mut self.target.as_mut().expect("there is one").headers).remove("expect");
            self.note(Event::Strip, "Expect: the server refuses it".into());
            return Ok(Sequel::Again);
        }
        if let Some(download) = &mut self.download
            && download.judge(self.hop.head.head()) == download::Handling::Restart
        {
            download.restart();
            self.note(Event::Resume, "the range is refused: the whole is asked for".into());
            return Ok(Sequel::Again);
        }
        if self.redirects.limit == 0 {
            return Ok(Sequel::Final);
        }
        let location = redirect::location(&self.hop.head.head().headers)?;
        let next = self.lead(status, location, self.redirects.policy)?;
        if let Some(next) = next.as_ref().filter(|_| self.followed == self.redirects.limit) {
            let text = format!("more than {} redirects: {}", self.redirects.limit, show(&next.url));
            return Err(Error::new(Code::TooManyRedirects, text));
        }
        Ok(next.map_or(Sequel::Final, Sequel::Redirect))
    }

    /// Where a status and a location lead from here.
    pub(super) fn lead(&self, status: u16, location: Option<&[u8]>, policy: Policy) -> Result<Option<Next>> {
        let Some(target) = &self.target else { return Ok(None) };
        let (method, has_body) = (target.method.as_str(), !target.body.is_empty());
        let next = redirect::decide(status, method, has_body, &target.url, location, policy)?;
        let low = next.as_ref().filter(|next| next.downgrade && self.redirects.refuse_downgrade);
        match low {
            // A host that asked for https gets it all the same.
            Some(low) if !self.upgrade(&mut low.url.clone()) => Err(low.too_low()),
            _ => Ok(next),
        }
    }

    /// Takes away what does not follow a redirect, noted with the hop that asked for it.
    pub(super) fn leave(&mut self, next: &Next) {
        self.note(Event::Redirect, format!("to {}", show(&next.url)));
        self.strip(next);
    }

    /// Takes the same away from a request that another one led to: what a 303 would leave of it.
    pub(super) fn strip_led(&mut self) {
        let (Some(led), Some(target)) = (&self.request.led, &self.target) else { return };
        let next = Next {
            url: target.url.clone(),
            method: target.method.to_string(),
            keeps_body: false,
            cross_origin: led.away,
            downgrade: false,
        };
        self.strip(&next);
    }

    fn strip(&mut self, next: &Next) {
        let Some(target) = &mut self.target else { return };
        let (method, had_body) = (target.method.clone(), !target.body.is_empty());
        let headers = Arc::make_mut(&mut target.headers);
        let stripped = redirect::strip(headers, next, &self.options.secrets);
        if let Some(policy) = &mut self.request.of_page {
            let fields = self.hop.head.head().headers.get_all("referrer-policy");
            *policy = ReferrerPolicy::of_fields(fields).unwrap_or(*policy);
            // The values are made of what was a header before.
            let _ = redirect_page(headers, *policy, &target.url, next);
        }
        let auth = self.request.auth.as_ref().unwrap_or(&self.options.auth);
        let has_credentials = target.url_auth.is_some() || !matches!(auth, Auth::None);
        let bare = target.trusted && next.cross_origin && has_credentials;
        target.trusted &= !next.cross_origin;
        if next.method != method.as_str() || (had_body && !next.keeps_body) {
            let body = if had_body && !next.keeps_body { ", without the body" } else { "" };
            self.note(Event::Method, format!("{method} becomes {}{body}", next.method));
        }
        for (name, why) in stripped {
            let why = match why {
                Stripped::CrossOrigin => "the origin changes",
                Stripped::Body => "the body is not sent again",
            };
            self.note(Event::Strip, format!("{name}: {why}"));
        }
        if bare {
            self.note(Event::Strip, "credentials: the origin changes".into());
        }
    }

    pub(super) fn follow(&mut self, next: Next) {
        let Some(target) = &mut self.target else { return };
        self.tries = 0;
        self.followed += 1;
        if !next.keeps_body {
            target.body = Body::Empty;
            target.content_type = None;
        }
        target.answers = 0;
        target.method = Text::method(&next.method);
        target.url = next.url;
        let _ = target.url.set_username("");
        let _ = target.url.set_password(None);
    }
}
