// libhtmlsession for C++17: one header over htmlsession.h. Link with -lhtmlsession.
//
//     htmlsession::Session session;
//     auto page = session.get("https://example.org/").html();
//     for (const auto &link : page.links()) ...
//
// Handles are freed with their objects, in any order; they are moved, never copied, and what is asked
// of one that was moved from is an error or empty. Errors are exceptions, except that a response
// carries its own: Response::error() looks, Response::check() and html() throw. Compiled with
// -fno-exceptions, as then all files of a program must be, what would be thrown aborts. Texts and bytes
// go in as UTF-8 and are copied.
//
// Any number of threads may use a session, a jar, a page and what is const of a response; a request,
// and reading a body, belong to one thread at a time. Settings of a session go for requests that
// begin afterwards. No object may be destroyed or moved while another thread uses it.
//
// capi() gives the C handle for whatever is not here; htmlsession.h is the manual.
#ifndef HTMLSESSION_HPP
#define HTMLSESSION_HPP

#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "htmlsession.h"

namespace htmlsession {

// What went wrong: a code, whose hundreds tell the kind, and one line that names the offender.
class Error : public std::runtime_error {
public:
    explicit Error(session_code code, const char *message = nullptr)
        : std::runtime_error(message != nullptr && *message != '\0' ? message : session_strerror(code)),
          code_(code) {}
    session_code code() const noexcept { return code_; }

private:
    session_code code_;
};

namespace detail {
template <typename E> [[noreturn]] void raise([[maybe_unused]] const E &error) {
#if defined(__cpp_exceptions)
    throw error;
#else
    std::abort();
#endif
}

inline void check(session_code code, const char *message = nullptr) {
    if (code != SESSION_OK) raise(Error(code, message));
}

// A text for C, which would end it at a NUL.
inline const char *c(const std::string &text) {
    if (text.find('\0') != std::string::npos) raise(Error(SESSION_E_ARGUMENT, "NUL in a text"));
    return text.c_str();
}

// The same of a text that is optional: empty is none.
inline const char *c_or_null(const std::string &text) { return text.empty() ? nullptr : c(text); }

template <auto Free> struct Deleter {
    template <typename T> void operator()(T *handle) const noexcept { Free(handle); }
};

// The owner of one handle: moved, never copied.
template <typename T, auto Free> class Handle {
public:
    explicit Handle(T *handle) : handle_(handle) {
        if (handle == nullptr) raise(std::bad_alloc());
    }
    T *capi() const noexcept { return handle_.get(); }
    T *release() noexcept { return handle_.release(); }

private:
    std::unique_ptr<T, Deleter<Free>> handle_;
};

using Buffer = Handle<session_buffer_t, session_buffer_free>;
using Strings = Handle<session_strings_t, session_strings_free>;

using Matches = Handle<session_matches_t, session_matches_free>;
using Value = Handle<session_value_t, session_value_free>;

// What an object that was moved from has is empty.
inline std::string_view view(const char *text) { return text == nullptr ? std::string_view() : text; }

inline std::string text(const Buffer &buffer) {
    size_t length = 0;
    const char *data = session_buffer_data(buffer.capi(), &length);
    return {data, length};
}

// What a function writes into a buffer: its result, or the message of its error.
template <typename Write> std::string written(Write write) {
    const Buffer buffer(session_buffer_new());
    const session_code code = write(buffer.capi());
    check(code, session_buffer_data(buffer.capi(), nullptr));
    return text(buffer);
}

inline std::vector<std::string> list(session_strings_t *owned) {
    Strings strings(owned);
    check(session_strings_error(owned), session_strings_error_message(owned));
    std::vector<std::string> all(session_strings_count(owned));
    for (size_t index = 0; index < all.size(); ++index) {
        size_t length = 0;
        if (const char *text = session_strings_at(owned, index, &length)) all[index].assign(text, length);
    }
    return all;
}

// Settings that a session has for all its requests, and a request for itself instead. They can be
// chained; those of a temporary give it on by value, since a reference would outlive it.
template <typename Self, typename T, auto Free, auto Header, auto Param, auto Basic, auto Bearer, auto Timeout,
          auto Proxy, auto Verify>
class Settings : public Handle<T, Free> {
public:
    using Handle<T, Free>::Handle;
    // One value of a header, in place of a default one or the session's.
    Self &header(const std::string &name, const std::string &value) & {
        return set(Header(this->capi(), c(name), c(value)), "header", name);
    }
    Self header(const std::string &name, const std::string &value) && {
        return std::move(header(name, value));
    }
    // No such header at all, be it User-Agent, Cookie or Authorization.
    Self &unset_header(const std::string &name) & {
        return set(Header(this->capi(), c(name), nullptr), "header", name);
    }
    Self unset_header(const std::string &name) && { return std::move(unset_header(name)); }
    // One value of a parameter of the URL's query.
    Self &param(const std::string &name, const std::string &value) & {
        return set(Param(this->capi(), c(name), c(value)), "parameter", name);
    }
    Self param(const std::string &name, const std::string &value) && { return std::move(param(name, value)); }
    // Credentials, which do not follow a redirect to another origin.
    Self &auth_basic(const std::string &user, const std::string &password) & {
        return set(Basic(this->capi(), c(user), c(password)), "credentials");
    }
    Self auth_basic(const std::string &user, const std::string &password) && {
        return std::move(auth_basic(user, password));
    }
    Self &auth_bearer(const std::string &token) & {
        return set(Bearer(this->capi(), c(token)), "credentials");
    }
    Self auth_bearer(const std::string &token) && { return std::move(auth_bearer(token)); }
    // Takes a session's credentials of any kind back; a request then sends none.
    Self &unset_auth() & { return set(Basic(this->capi(), nullptr, nullptr), "credentials"); }
    Self unset_auth() && { return std::move(unset_auth()); }
    // How long a whole request may take, redirects and retries included; negative is for ever, the
    // default five minutes. That of a session ends with the head of a response that is streamed,
    // that of a request with its body.
    Self &timeout_ms(int64_t milliseconds) & { return set(Timeout(this->capi(), milliseconds), "time-out"); }
    Self timeout_ms(int64_t milliseconds) && { return std::move(timeout_ms(milliseconds)); }
    // "http://user:password@host:3128", "socks5h://host"; empty is none, whatever the environment says.
    Self &proxy(const std::string &url) & { return set(Proxy(this->capi(), c_or_null(url)), "proxy"); }
    Self proxy(const std::string &url) && { return std::move(proxy(url)); }
    // Whether the certificates of servers are verified, as they are by default. Without it anybody on
    // the way can read and change everything.
    Self &verify(bool on) & { return set(Verify(this->capi(), on), "verify"); }
    Self verify(bool on) && { return std::move(verify(on)); }

protected:
    Self &set(session_code code, const char *what, const std::string &name = {}) {
        if (code != SESSION_OK) {
            const std::string whose = name.empty() ? "" : " \"" + name + '"';
            raise(Error(code, (what + whose + ": " + session_strerror(code)).c_str()));
        }
        return static_cast<Self &>(*this);
    }
};
} // namespace detail

// A page, which outlives its response.
class Html : public detail::Handle<session_html_t, session_html_free> {
public:
    using Handle::Handle;
    // Parses a page; its links are relative to the URL, unless that is empty.
    explicit Html(std::string_view page, std::string_view url = {}) : Handle(parse(page, std::string(url))) {}
    std::string title() const {
        return detail::written([this](auto *into) { return session_html_title(capi(), into); });
    }
    // The text as a reader sees it.
    std::string text() const {
        return detail::written([this](auto *into) { return session_node_text(capi(), 0, into); });
    }
    // The address of the next page, empty on the last.
    std::string next_url() const {
        return detail::written([this](auto *into) { return session_html_next_url(capi(), into); });
    }
    // The URLs that the page links to; flags are SESSION_LINKS_ values.
    std::vector<std::string> links(uint32_t flags = SESSION_LINKS_ABSOLUTE) const {
        return detail::list(session_html_links(capi(), 0, flags));
    }
    // The texts that a selector matches, or with ::attr(name) the attributes.
    std::vector<std::string> find(const std::string &css) const {
        return detail::list(session_html_find_values(capi(), 0, detail::c(css)));
    }
    // The texts of the nodes, or the attributes, that an XPath 1.0 expression selects; of one that
    // computes a value ("count(//p)") just that, as a string.
    std::vector<std::string> xpath(const std::string &expression) const {
        const detail::Value value = evaluate(expression);
        if (session_value_type(value.capi()) != SESSION_VALUE_TYPE_NODES) return {string(value)};
        std::vector<std::string> all(session_value_count(value.capi()));
        for (size_t index = 0; index < all.size(); ++index) {
            size_t length = 0;
            const char *text = session_value_item_text(value.capi(), index, &length);
            if (text == nullptr) detail::raise(Error(SESSION_E_MEMORY, "the texts are too long"));
            all[index].assign(text, length);
        }
        return all;
    }
    // What an XPath 1.0 expression computes; of nodes the text of the first, empty without any.
    std::variant<std::string, double, bool> xpath_value(const std::string &expression) const {
        const detail::Value value = evaluate(expression);
        const int type = session_value_type(value.capi());
        if (type == SESSION_VALUE_TYPE_NUMBER) return session_value_number(value.capi());
        if (type == SESSION_VALUE_TYPE_BOOLEAN) return session_value_boolean(value.capi()) == 1;
        return string(value);
    }
    // The matches of a search template ("Price: {:f} {currency:w}") as JSON:
    // [{"fixed": [...], "named": {...}}, ...]. flags are SESSION_SEARCH_ values.
    std::string search(const std::string &pattern, uint32_t flags = SESSION_SEARCH_ALL) const {
        const detail::Matches matches(session_html_search(capi(), 0, detail::c(pattern), flags));
        detail::check(session_matches_error(matches.capi()), session_matches_error_message(matches.capi()));
        return detail::written([&](auto *into) { return session_matches_json(matches.capi(), into); });
    }
    // What a specification finds, both JSON: {"title": "h1", "links": ["a::attr(href)"]}.
    std::string extract(const std::string &specification) const {
        const char *json = detail::c(specification);
        return detail::written([&](auto *into) { return session_html_extract(capi(), json, into); });
    }

private:
    static session_html_t *parse(std::string_view page, const std::string &url) {
        session_html_t *html = nullptr;
        const char *base = detail::c_or_null(url);
        detail::written([&](auto *into) {
            return session_html_parse(page.data(), page.size(), base, nullptr, &html, into);
        });
        return html;
    }
    detail::Value evaluate(const std::string &expression) const {
        detail::Value value(session_html_xpath(capi(), 0, detail::c(expression)));
        detail::check(session_value_error(value.capi()), session_value_error_message(value.capi()));
        return value;
    }
    static std::string string(const detail::Value &value) {
        size_t length = 0;
        const char *text = session_value_string(value.capi(), &length);
        return {text, length};
    }
};

// The end of a request, whatever became of it. Views are of the response's own memory, so that a
// response that nobody keeps has none. The compiler cannot see to that behind -> of an optional:
// session.next(-1)->text() is a view of what is freed; keep what next() gives, and ask that.
class Response : public detail::Handle<session_response_t, session_response_free> {
public:
    using Handle::Handle;
    session_code error() const noexcept { return session_response_error(capi()); }
    bool ok() const noexcept { return session_response_ok(capi()) == 1; }
    int status() const noexcept { return session_response_status(capi()); }
    uint64_t id() const noexcept { return session_response_id(capi()); }
    size_t redirects() const noexcept { return session_response_history_count(capi()); }

    std::string_view error_message() const & { return detail::view(session_response_error_message(capi())); }
    std::string_view error_message() const && = delete;
    // The address that answered, after redirects.
    std::string_view url() const & { return detail::view(session_response_url(capi())); }
    std::string_view url() const && = delete;
    // The first value of a header, whatever the case of its name.
    std::optional<std::string_view> header(const std::string &name) const & {
        size_t length = 0;
        const char *value = session_response_header(capi(), detail::c(name), &length);
        if (value == nullptr) return std::nullopt;
        return std::string_view(value, length);
    }
    std::optional<std::string_view> header(const std::string &name) const && = delete;
    // The names and values of all header fields, in the order received.
    std::vector<std::pair<std::string_view, std::string_view>> headers() const & {
        std::vector<std::pair<std::string_view, std::string_view>> all(session_response_header_count(capi()));
        for (size_t index = 0; index < all.size(); ++index) {
            const char *name = nullptr, *value = nullptr;
            session_response_header_at(capi(), index, &name, &value);
            all[index] = {detail::view(name), detail::view(value)};
        }
        return all;
    }
    std::vector<std::pair<std::string_view, std::string_view>> headers() const && = delete;
    // The body, its content encoding undone.
    std::string_view body() const & {
        size_t length = 0;
        const void *data = session_response_body(capi(), &length);
        return {static_cast<const char *>(data), length};
    }
    std::string_view body() const && = delete;
    // The body as UTF-8, decoded as browsers find the encoding.
    std::string_view text() const & {
        size_t length = 0;
        const char *data = session_response_text(capi(), &length);
        return {data, length};
    }
    std::string_view text() const && = delete;

    // Throws what went wrong with the transfer; a status of 400 and more is no error.
    const Response &check() const & {
        detail::check(error(), session_response_error_message(capi()));
        return *this;
    }
    Response check() && {
        detail::check(error(), session_response_error_message(capi()));
        return std::move(*this);
    }
    // The body as a page. Throws what went wrong with the transfer, as check().
    Html html() const { return check().partial_html(); }
    // The page of what had come when the transfer failed.
    Html partial_html() const {
        detail::written([this](auto *into) { return session_response_html_error(capi(), into); });
        return Html(session_response_html(capi()));
    }
    // The body as JSON text in UTF-8, whether or not it is valid. Throws what went wrong with the
    // transfer, as check().
    std::string json() const {
        check();
        return detail::written([this](auto *into) { return session_response_json(capi(), into); });
    }
    // Reads the next bytes of the body, while it comes if the request was streamed; 0 is the end.
    size_t read(void *into, size_t room) {
        const int64_t count = session_response_read(capi(), into, room);
        if (count < 0) detail::check(static_cast<session_code>(-count), session_response_error_message(capi()));
        return static_cast<size_t>(count);
    }
    // The next line without its end, nothing after the last.
    std::optional<std::string> read_line() {
        const detail::Buffer buffer(session_buffer_new());
        const int found = session_response_read_line(capi(), buffer.capi());
        if (found < 0) detail::check(static_cast<session_code>(-found), session_response_error_message(capi()));
        if (found == 0) return std::nullopt;
        return detail::text(buffer);
    }
};

// A request with any method that can be sent or submitted any number of times; setters can be chained.
class Request
    : public detail::Settings<Request, session_request_t, session_request_free, session_request_set_header,
                              session_request_set_param, session_request_set_auth_basic,
                              session_request_set_auth_bearer, session_request_set_timeout_ms,
                              session_request_set_proxy, session_request_set_verify> {
public:
    Request(const std::string &method, const std::string &url)
        : Request(session_request_new(detail::c(method), detail::c(url))) {}
    // Adopts a handle, as session_form_submit() gives; throws what is wrong with it, NULL too.
    explicit Request(session_request_t *handle) : Settings(sound(handle)) {}
    // A parameter of the URL's query, also one of a name that is there already.
    Request &add_param(const std::string &name, const std::string &value) & {
        return set(session_request_add_param(capi(), detail::c(name), detail::c(value)), "parameter", name);
    }
    Request add_param(const std::string &name, const std::string &value) && {
        return std::move(add_param(name, value));
    }
    // A field of a form, also one of a name that is there already.
    Request &field(const std::string &name, const std::string &value) & {
        return set(session_request_add_field(capi(), detail::c(name), detail::c(value)), "field", name);
    }
    Request field(const std::string &name, const std::string &value) && {
        return std::move(field(name, value));
    }
    // The body, in place of another one, and its media type; empty is none.
    Request &body(std::string_view bytes, std::string_view content_type = {}) & {
        const std::string type(content_type);
        const char *media = detail::c_or_null(type);
        return set(session_request_set_body(capi(), media, bytes.data(), bytes.size()), "body");
    }
    Request body(std::string_view bytes, std::string_view content_type = {}) && {
        return std::move(body(bytes, content_type));
    }
    // JSON text as the body, sent as application/json.
    Request &json(const std::string &text) & {
        return set(session_request_set_json(capi(), detail::c(text)), "JSON");
    }
    Request json(const std::string &text) && { return std::move(json(text)); }
    // The response comes with its head; Response::read reads the body while it comes.
    Request &streamed(bool on = true) & { return set(session_request_set_streamed(capi(), on), "streamed"); }
    Request streamed(bool on = true) && { return std::move(streamed(on)); }
    // Into a file, which appears whole or not at all; a broken download can be gone on with.
    Request &output_file(const std::string &path, bool resume = true) & {
        return set(session_request_set_output_file(capi(), detail::c(path), resume), "file", path);
    }
    Request output_file(const std::string &path, bool resume = true) && {
        return std::move(output_file(path, resume));
    }

private:
    static session_request_t *sound(session_request_t *request) {
        const session_code code = session_request_error(request);
        if (code != SESSION_OK) {
            const Error error(code, session_request_error_message(request));
            session_request_free(request);
            detail::raise(error);
        }
        return request;
    }
};

// The cookies of a session, or of several.
class Jar : public detail::Handle<session_jar_t, session_jar_free> {
public:
    using Handle::Handle;
    Jar() : Handle(session_jar_new()) {}
    // A cookie of a host, until the session is over.
    void set(const std::string &host, const std::string &name, const std::string &value) {
        stored([&](auto *reason) {
            const char *text = detail::c(value);
            return session_jar_set(capi(), detail::c(host), nullptr, detail::c(name), text, 0, 0, reason);
        });
    }
    // What a Set-Cookie field says ("id=1; Path=/; Max-Age=60"), as if the URL had sent it.
    void store(const std::string &url, std::string_view field) {
        stored([&](auto *reason) {
            return session_jar_store(capi(), detail::c(url), field.data(), field.size(), reason);
        });
    }
    // The value of a cookie that a request to a URL sends, nothing if it sends none.
    std::optional<std::string> get(const std::string &url, const std::string &name) const {
        const detail::Buffer buffer(session_buffer_new());
        const session_code code = session_jar_get(capi(), detail::c(url), detail::c(name), buffer.capi());
        if (code == SESSION_E_MISSING) return std::nullopt;
        detail::check(code);
        return detail::text(buffer);
    }
    // The Cookie header of a request to a URL ("a=1; b=2"), empty if there is none.
    std::string header(const std::string &url) const {
        const char *address = detail::c(url);
        return detail::written([&](auto *into) { return session_jar_header(capi(), address, into); });
    }
    // Adds the cookies of a file, in the format of curl or a browser's JSON.
    void load(const std::string &path) {
        const char *file = detail::c(path);
        detail::written([&](auto *into) { return session_jar_load(capi(), file, 0, 0, nullptr, into); });
    }
    // Into a file, which only its owner may read: JSON if its name ends in .json, else as curl.
    void save(const std::string &path) const {
        detail::check(session_jar_save(capi(), detail::c(path), 0, nullptr));
    }
    void clear() { detail::check(session_jar_clear(capi())); }

private:
    template <typename Store> static void stored(Store store) {
        session_cookie_reason reason{};
        const session_code code = store(&reason);
        detail::check(code, code == SESSION_E_COOKIE_REFUSED ? session_cookie_reason_text(reason) : nullptr);
    }
};

// Cookies, connections and settings that requests share; any number of threads may use one.
class Session : public detail::Settings<Session, session_t, session_free, session_set_header, session_set_param,
                                        session_set_auth_basic, session_set_auth_bearer, session_set_timeout_ms,
                                        session_set_proxy, session_set_verify> {
public:
    Session() : Settings(session_new()) {}
    // The session's cookies, which outlive it.
    Jar jar() const {
        session_jar_t *jar = session_jar(capi());
        if (jar == nullptr) usable();
        return Jar(jar);
    }
    // Shares the cookies of a jar, from the next request on.
    Session &jar(const Jar &jar) & { return set(session_set_jar(capi(), jar.capi()), "jar"); }
    Session jar(const Jar &jar) && { return std::move(this->jar(jar)); }
    Response get(const std::string &url) const { return Response(session_get(capi(), detail::c(url))); }
    Response delete_(const std::string &url) const { return Response(session_delete(capi(), detail::c(url))); }
    // A body and its media type; empty is none.
    Response post(const std::string &url, std::string_view body, std::string_view content_type = {}) const {
        const std::string type(content_type);
        const char *media = detail::c_or_null(type);
        return Response(session_post(capi(), detail::c(url), media, body.data(), body.size()));
    }
    Response put(const std::string &url, std::string_view body, std::string_view content_type = {}) const {
        const std::string type(content_type);
        const char *media = detail::c_or_null(type);
        return Response(session_put(capi(), detail::c(url), media, body.data(), body.size()));
    }
    Response send(const Request &request) const { return Response(session_send(capi(), request.capi())); }
    // Starts a request and returns its id, which its response will carry.
    uint64_t submit(const Request &request, void *userdata = nullptr) const {
        uint64_t id = 0;
        detail::check(session_submit(capi(), request.capi(), userdata, &id));
        return id;
    }
    // A finished response, if there is one in time; negative: as long as it takes.
    std::optional<Response> next(int64_t timeout_ms = 0) const {
        if (session_response_t *response = session_next(capi(), timeout_ms)) return Response(response);
        return std::nullopt;
    }
    size_t outstanding() const noexcept { return session_outstanding(capi()); }
    // Readable when next() has something to do; never read or close it.
    int fd() const {
        int fd = session_fd(capi());
        if (fd < 0) {
            usable();
            detail::raise(Error(SESSION_E_IO, "no descriptor left"));
        }
        return fd;
    }
    // Cancels one submitted request, or with 0 all; each still gives its response.
    void cancel(uint64_t id = 0) const { detail::check(session_cancel(capi(), id)); }

private:
    // Throws why a function without a code gave nothing: the session was moved from, or is of another
    // process. No jar is set, and a session in use answers that it was NULL.
    void usable() const {
        const session_code code = session_set_jar(capi(), nullptr);
        if (capi() == nullptr || code != SESSION_E_NULL) detail::check(code);
    }
};

} // namespace htmlsession

#endif
