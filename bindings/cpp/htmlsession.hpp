// libhtmlsession for C++17: one header over htmlsession.h. Link with -lhtmlsession.
//
//     htmlsession::Session session;
//     auto page = session.get("https://example.org/").html();
//     for (const auto &link : page.links()) ...
//
// Handles are freed with their objects, in any order; they are moved, never copied, and what is asked
// of one that was moved from is an error or empty. Errors are exceptions, except that a response
// carries its own: Response::error() looks, check() and whatever asks for its body throw, and
// check_status() throws a status of 400 and more too. Compiled with -fno-exceptions, as then all files
// of a program must be, what would be thrown aborts. Texts and bytes go in as UTF-8 and are copied.
// Elements are values: each keeps its page alive.
//
// Functions that are given to the library run on whatever thread waits in the session, and hold up all its
// requests meanwhile. They must not wait for that session themselves. What they throw never gets as far
// as C: a body's reader ends its request, and check() throws that again; a log's comes out of the next call
// of the session that sends or fetches something.
//
// Any number of threads may use a session, a jar, a page and what is const of a response; a request,
// a form and reading a body belong to one thread at a time. Settings of a session go for requests that
// begin afterwards. No object may be destroyed or moved while another thread uses it.
//
// capi() gives the C handle for whatever is not here; htmlsession.h is the manual.
#ifndef HTMLSESSION_HPP
#define HTMLSESSION_HPP

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
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

// A status of 400 and more, of Response::check_status().
class StatusError : public Error {
public:
    StatusError(int status, const char *message) : Error(SESSION_E_STATUS, message), status_(status) {}
    int status() const noexcept { return status_; }

private:
    int status_;
};

// The version of the library in use, "0.1.0", and what it was built with.
inline std::string_view version() noexcept { return session_version(); }
inline std::string_view features() noexcept { return session_features(); }

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

using Nodes = Handle<session_nodes_t, session_nodes_free>;
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

// What functions of the caller threw while C called them, until it can be thrown again.
class Caught {
public:
    template <typename Result, typename Call> Result call(Result failed, Call function) noexcept {
#if defined(__cpp_exceptions)
        try {
            return function();
        } catch (...) {
            const std::lock_guard<std::mutex> lock(mutex_);
            if (!first_) first_ = std::current_exception();
            return failed;
        }
#else
        static_cast<void>(failed);
        return function();
#endif
    }
    std::exception_ptr take() {
        const std::lock_guard<std::mutex> lock(mutex_);
        return std::exchange(first_, nullptr);
    }
    void rethrow() {
        if (const std::exception_ptr first = take()) std::rethrow_exception(first);
    }

private:
    std::mutex mutex_;
    std::exception_ptr first_;
};

// What a body is read from: shared by the request and by C, which may need it for longer.
struct Reader {
    std::function<size_t(char *, size_t)> from;
    std::function<void()> back;
    Caught caught;

    static int64_t read(void *into, size_t room, void *userdata) {
        Reader &reader = of(userdata);
        return reader.caught.call<int64_t>(-1, [&] {
            const size_t count = reader.from(static_cast<char *>(into), room);
            if (count > room) raise(std::length_error("more bytes of a body than there was room for"));
            return static_cast<int64_t>(count);
        });
    }
    static int rewind(void *userdata) {
        return of(userdata).caught.call(1, [&] {
            of(userdata).back();
            return 0;
        });
    }
    static void free(void *userdata) { delete static_cast<std::shared_ptr<Reader> *>(userdata); }

private:
    static Reader &of(void *userdata) { return **static_cast<std::shared_ptr<Reader> *>(userdata); }
};

// What a session knows of functions of the caller's: what its logs threw, and what the bodies of requests
// that were submitted are read from.
struct Called {
    Caught log;
    std::mutex mutex;
    std::map<uint64_t, std::shared_ptr<Reader>> readers;
};

struct Log {
    std::function<void(session_log, uint64_t, std::string_view, std::string_view)> told;
    std::shared_ptr<Called> called;

    static void tell(int level, uint64_t request, const char *event, const char *text, void *userdata) {
        const Log &log = *static_cast<Log *>(userdata);
        log.called->log.call(0, [&] {
            log.told(static_cast<session_log>(level), request, event, text);
            return 0;
        });
    }
    static void free(void *userdata) { delete static_cast<Log *>(userdata); }
};

// What a session has for all its requests, and a request for itself instead.
struct SessionApi {
    static constexpr auto header = session_set_header;
    static constexpr auto param = session_set_param;
    static constexpr auto basic = session_set_auth_basic;
    static constexpr auto digest = session_set_auth_digest;
    static constexpr auto bearer = session_set_auth_bearer;
    static constexpr auto timeout = session_set_timeout_ms;
    static constexpr auto connect_timeout = session_set_connect_timeout_ms;
    static constexpr auto read_timeout = session_set_read_timeout_ms;
    static constexpr auto redirect_limit = session_set_redirect_limit;
    static constexpr auto redirect_policy = session_set_redirect_policy;
    static constexpr auto retry = session_set_retry;
    static constexpr auto max_body = session_set_max_body;
    static constexpr auto proxy = session_set_proxy;
    static constexpr auto verify = session_set_verify;
};

struct RequestApi {
    static constexpr auto header = session_request_set_header;
    static constexpr auto param = session_request_set_param;
    static constexpr auto basic = session_request_set_auth_basic;
    static constexpr auto digest = session_request_set_auth_digest;
    static constexpr auto bearer = session_request_set_auth_bearer;
    static constexpr auto timeout = session_request_set_timeout_ms;
    static constexpr auto connect_timeout = session_request_set_connect_timeout_ms;
    static constexpr auto read_timeout = session_request_set_read_timeout_ms;
    static constexpr auto redirect_limit = session_request_set_redirect_limit;
    static constexpr auto redirect_policy = session_request_set_redirect_policy;
    static constexpr auto retry = session_request_set_retry;
    static constexpr auto max_body = session_request_set_max_body;
    static constexpr auto proxy = session_request_set_proxy;
    static constexpr auto verify = session_request_set_verify;
};

// Settings can be chained; those of a temporary give it on by value, since a reference would outlive it.
template <typename Self, typename T, auto Free, typename Api> class Settings : public Handle<T, Free> {
public:
    using Handle<T, Free>::Handle;
    // One value of a header, in place of a default one or the session's.
    Self &header(const std::string &name, const std::string &value) & {
        return set(Api::header(this->capi(), c(name), c(value)), "header", name);
    }
    Self header(const std::string &name, const std::string &value) && {
        return std::move(header(name, value));
    }
    // No such header at all, be it User-Agent, Cookie or Authorization.
    Self &unset_header(const std::string &name) & {
        return set(Api::header(this->capi(), c(name), nullptr), "header", name);
    }
    Self unset_header(const std::string &name) && { return std::move(unset_header(name)); }
    // One value of a parameter of the URL's query.
    Self &param(const std::string &name, const std::string &value) & {
        return set(Api::param(this->capi(), c(name), c(value)), "parameter", name);
    }
    Self param(const std::string &name, const std::string &value) && { return std::move(param(name, value)); }
    // Credentials, which do not follow a redirect to another origin.
    Self &auth_basic(const std::string &user, const std::string &password) & {
        return set(Api::basic(this->capi(), c(user), c(password)), "credentials");
    }
    Self auth_basic(const std::string &user, const std::string &password) && {
        return std::move(auth_basic(user, password));
    }
    // Answers HTTP Digest challenges; each is a hop of its own in the history.
    Self &auth_digest(const std::string &user, const std::string &password) & {
        return set(Api::digest(this->capi(), c(user), c(password)), "credentials");
    }
    Self auth_digest(const std::string &user, const std::string &password) && {
        return std::move(auth_digest(user, password));
    }
    Self &auth_bearer(const std::string &token) & {
        return set(Api::bearer(this->capi(), c(token)), "credentials");
    }
    Self auth_bearer(const std::string &token) && { return std::move(auth_bearer(token)); }
    // Takes a session's credentials of any kind back; a request then sends none.
    Self &unset_auth() & { return set(Api::basic(this->capi(), nullptr, nullptr), "credentials"); }
    Self unset_auth() && { return std::move(unset_auth()); }
    // How long a whole request may take, redirects and retries included; negative is for ever, the
    // default five minutes. That of a session ends with the head of a response that is streamed,
    // that of a request with its body.
    Self &timeout_ms(int64_t milliseconds) & { return set(Api::timeout(this->capi(), milliseconds), "time-out"); }
    Self timeout_ms(int64_t milliseconds) && { return std::move(timeout_ms(milliseconds)); }
    // How long it may take until a connection stands, and how long the peer may be silent on one.
    Self &connect_timeout_ms(int64_t milliseconds) & {
        return set(Api::connect_timeout(this->capi(), milliseconds), "connect time-out");
    }
    Self connect_timeout_ms(int64_t milliseconds) && { return std::move(connect_timeout_ms(milliseconds)); }
    Self &read_timeout_ms(int64_t milliseconds) & {
        return set(Api::read_timeout(this->capi(), milliseconds), "read time-out");
    }
    Self read_timeout_ms(int64_t milliseconds) && { return std::move(read_timeout_ms(milliseconds)); }
    // How many redirects are followed; with 0 the redirect itself is the response.
    Self &redirect_limit(uint32_t limit) & {
        return set(Api::redirect_limit(this->capi(), limit), "redirect limit");
    }
    Self redirect_limit(uint32_t limit) && { return std::move(redirect_limit(limit)); }
    // What redirects do to the method, and whether one from https to http is an error.
    Self &redirect_policy(session_redirects policy, bool refuse_downgrade = false) & {
        return set(Api::redirect_policy(this->capi(), policy, refuse_downgrade), "redirect policy");
    }
    Self redirect_policy(session_redirects policy, bool refuse_downgrade = false) && {
        return std::move(redirect_policy(policy, refuse_downgrade));
    }
    // How often a request is tried in all, and how long to wait at most before the second try, which
    // doubles from then on.
    Self &retry(uint32_t attempts, int64_t backoff_ms) & {
        return set(Api::retry(this->capi(), attempts, backoff_ms), "retry");
    }
    Self retry(uint32_t attempts, int64_t backoff_ms) && { return std::move(retry(attempts, backoff_ms)); }
    // The most bytes that a body may have, as received and as decoded; negative is no limit.
    Self &max_body(int64_t bytes) & { return set(Api::max_body(this->capi(), bytes), "limit of the body"); }
    Self max_body(int64_t bytes) && { return std::move(max_body(bytes)); }
    // "http://user:password@host:3128", "socks5h://host"; empty is none, whatever the environment says.
    Self &proxy(const std::string &url) & { return set(Api::proxy(this->capi(), c_or_null(url)), "proxy"); }
    Self proxy(const std::string &url) && { return std::move(proxy(url)); }
    // Whether the certificates of servers are verified, as they are by default. Without it anybody on
    // the way can read and change everything.
    Self &verify(bool on) & { return set(Api::verify(this->capi(), on), "verify"); }
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

// A request with any method that can be sent or submitted any number of times; setters can be chained.
class Request
    : public detail::Settings<Request, session_request_t, session_request_free, detail::RequestApi> {
public:
    Request(const std::string &method, const std::string &url)
        : Request(session_request_new(detail::c(method), detail::c(url))) {}
    // Adopts a handle, as session_form_submit() gives; throws what is wrong with it, NULL too.
    explicit Request(session_request_t *handle) : Settings(sound(handle)) {}
    std::string method() const { return std::string(detail::view(session_request_method(capi()))); }
    // The address as it was given or a form made it, without what param() and add_param() add.
    std::string url() const {
        return detail::written([this](auto *into) { return session_request_url(capi(), into); });
    }
    // A further value of a header; all that the request has of one stand in place of the session's.
    Request &add_header(const std::string &name, const std::string &value) & {
        return set(session_request_add_header(capi(), detail::c(name), detail::c(value)), "header", name);
    }
    Request add_header(const std::string &name, const std::string &value) && {
        return std::move(add_header(name, value));
    }
    // A cookie for this request alone, sent to the URL's origin and never stored.
    Request &cookie(const std::string &name, const std::string &value) & {
        return set(session_request_set_cookie(capi(), detail::c(name), detail::c(value)), "cookie", name);
    }
    Request cookie(const std::string &name, const std::string &value) && {
        return std::move(cookie(name, value));
    }
    // A parameter of the URL's query, also one of a name that is there already.
    Request &add_param(const std::string &name, const std::string &value) & {
        return set(session_request_add_param(capi(), detail::c(name), detail::c(value)), "parameter", name);
    }
    Request add_param(const std::string &name, const std::string &value) && {
        return std::move(add_param(name, value));
    }
    // A field of a form, also one of a name that is there already. Fields alone are sent as
    // application/x-www-form-urlencoded, with a part or a file as multipart/form-data.
    Request &field(const std::string &name, const std::string &value) & {
        return set(session_request_add_field(capi(), detail::c(name), detail::c(value)), "field", name);
    }
    Request field(const std::string &name, const std::string &value) && {
        return std::move(field(name, value));
    }
    // Bytes as a part of a multipart form; the file's name and the media type may be empty.
    Request &part(const std::string &name, std::string_view data, const std::string &filename = {},
                  const std::string &content_type = {}) & {
        const char *file = detail::c_or_null(filename), *type = detail::c_or_null(content_type);
        return set(session_request_add_part(capi(), detail::c(name), file, type, data.data(), data.size()),
                   "part", name);
    }
    Request part(const std::string &name, std::string_view data, const std::string &filename = {},
                 const std::string &content_type = {}) && {
        return std::move(part(name, data, filename, content_type));
    }
    // A file as a part of a multipart form, read while it is sent; the server learns the last part of
    // its path. An empty media type is application/octet-stream.
    Request &file(const std::string &name, const std::string &path, const std::string &content_type = {}) & {
        const char *type = detail::c_or_null(content_type);
        return set(session_request_add_file(capi(), detail::c(name), detail::c(path), type), "file", name);
    }
    Request file(const std::string &name, const std::string &path, const std::string &content_type = {}) && {
        return std::move(file(name, path, content_type));
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
    // A file as the body, read while it is sent.
    Request &body_file(const std::string &path, const std::string &content_type = {}) & {
        const char *type = detail::c_or_null(content_type);
        return set(session_request_set_body_file(capi(), type, detail::c(path)), "file", path);
    }
    Request body_file(const std::string &path, const std::string &content_type = {}) && {
        return std::move(body_file(path, content_type));
    }
    // What a function writes as the body, of this many bytes if that is known: it is given room, and
    // returns how many bytes it wrote; 0 is the end. rewind goes back to the first byte, which redirects,
    // challenges and sending the request again may need; without it they end the request.
    Request &body_reader(std::function<size_t(char *into, size_t room)> read,
                         std::optional<int64_t> length = std::nullopt, const std::string &content_type = {},
                         std::function<void()> rewind = nullptr) & {
        if (!read || length.value_or(0) < 0) detail::raise(Error(SESSION_E_ARGUMENT));
        const char *type = detail::c_or_null(content_type);
        const auto back = rewind ? detail::Reader::rewind : nullptr;
        auto reader = std::make_shared<detail::Reader>();
        reader->from = std::move(read);
        reader->back = std::move(rewind);
        auto shared = std::make_unique<std::shared_ptr<detail::Reader>>(reader);
        set(session_request_set_body_reader(capi(), type, length.value_or(-1), detail::Reader::read, back,
                                            shared.release(), detail::Reader::free),
            "body");
        reader_ = std::move(reader);
        return *this;
    }
    Request body_reader(std::function<size_t(char *into, size_t room)> read,
                        std::optional<int64_t> length = std::nullopt, const std::string &content_type = {},
                        std::function<void()> rewind = nullptr) && {
        return std::move(body_reader(std::move(read), length, content_type, std::move(rewind)));
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
    friend class Pages;
    friend class Session;
    std::shared_ptr<detail::Reader> reader_;
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

// A form in the state that its page and you gave it; it outlives its page. Setters can be chained.
//
//     auto form = page.form("#login");
//     form.set("user", "ada").check("stay");
//     auto inside = session.send(form);
class Form : public detail::Handle<session_form_t, session_form_free> {
public:
    struct Option {
        std::string value, label;
        bool selected = false, disabled = false;
    };
    struct Field {
        std::string name;
        std::string type;  // of an input that, else "select-one", "select-multiple" or "textarea"
        std::string value; // what is sent; of a select that of the first option that is selected
        bool checked = false, disabled = false;
        std::vector<Option> options;
    };

    // Adopts a handle of the C interface; throws the error that it carries.
    explicit Form(session_form_t *handle) : Handle(handle) {
        detail::check(session_form_error(handle), session_form_error_message(handle));
    }
    // The form's fields, buttons too, in document order.
    std::vector<Field> fields() const {
        std::vector<Field> all(session_form_field_count(capi()));
        for (size_t at = 0; at < all.size(); ++at) {
            Field &field = all[at];
            field.name = written(session_form_field_name, at);
            field.type = detail::view(session_form_field_type(capi(), at));
            field.value = written(session_form_field_value, at);
            field.checked = session_form_field_checked(capi(), at) == 1;
            field.disabled = session_form_field_disabled(capi(), at) == 1;
            field.options.resize(session_form_option_count(capi(), at));
            for (size_t index = 0; index < field.options.size(); ++index) {
                Option &option = field.options[index];
                option.value = written(session_form_option_value, at, index);
                option.label = written(session_form_option_label, at, index);
                option.selected = session_form_option_selected(capi(), at, index) == 1;
                option.disabled = session_form_option_disabled(capi(), at, index) == 1;
            }
        }
        return all;
    }
    // The whole form as JSON: its name, id, action, encoding and fields.
    std::string json() const { return written(session_form_json); }

    // The first field with this name that takes a value: a text, the option of a select by its value
    // or else by what it shows, the radio button with this value.
    Form &set(const std::string &name, const std::string &value) & {
        return done(session_form_set(capi(), detail::c(name), detail::c(value)));
    }
    Form set(const std::string &name, const std::string &value) && { return std::move(set(name, value)); }
    // The field at a place among fields().
    Form &set_at(size_t field, const std::string &value) & {
        return done(session_form_set_at(capi(), field, detail::c(value)));
    }
    Form set_at(size_t field, const std::string &value) && { return std::move(set_at(field, value)); }
    // The first checkbox or radio button with this name and, unless it is empty, this value.
    Form &check(const std::string &name, const std::string &value = {}) & {
        return done(session_form_check(capi(), detail::c(name), detail::c_or_null(value), 1));
    }
    Form check(const std::string &name, const std::string &value = {}) && {
        return std::move(check(name, value));
    }
    Form &uncheck(const std::string &name, const std::string &value = {}) & {
        return done(session_form_check(capi(), detail::c(name), detail::c_or_null(value), 0));
    }
    Form uncheck(const std::string &name, const std::string &value = {}) && {
        return std::move(uncheck(name, value));
    }
    Form &check_at(size_t field, bool checked) & {
        return done(session_form_check_at(capi(), field, checked));
    }
    Form check_at(size_t field, bool checked) && { return std::move(check_at(field, checked)); }
    // An option of the first select with this name; where there can be several the others stay.
    Form &select(const std::string &name, const std::string &value) & {
        return done(session_form_select(capi(), detail::c(name), detail::c(value), 1));
    }
    Form select(const std::string &name, const std::string &value) && {
        return std::move(select(name, value));
    }
    Form &unselect(const std::string &name, const std::string &value) & {
        return done(session_form_select(capi(), detail::c(name), detail::c(value), 0));
    }
    Form unselect(const std::string &name, const std::string &value) && {
        return std::move(unselect(name, value));
    }
    // A file of this machine for the first file field with this name, read when it is sent; the server
    // learns the last part of its path. An empty media type is application/octet-stream.
    Form &attach_file(const std::string &name, const std::string &path, const std::string &content_type = {}) & {
        const char *type = detail::c_or_null(content_type);
        return done(session_form_attach_file(capi(), detail::c(name), detail::c(path), type));
    }
    Form attach_file(const std::string &name, const std::string &path, const std::string &content_type = {}) && {
        return std::move(attach_file(name, path, content_type));
    }
    // Bytes as a file of this name.
    Form &attach_bytes(const std::string &name, const std::string &filename, std::string_view content,
                       const std::string &content_type = {}) & {
        const char *file = detail::c(filename), *type = detail::c_or_null(content_type);
        return done(session_form_attach_bytes(capi(), detail::c(name), file, type, content.data(), content.size()));
    }
    Form attach_bytes(const std::string &name, const std::string &filename, std::string_view content,
                      const std::string &content_type = {}) && {
        return std::move(attach_bytes(name, filename, content, content_type));
    }
    // A hidden field that the page does not have, as scripts add one.
    Form &add(const std::string &name, const std::string &value) & {
        return done(session_form_add(capi(), detail::c(name), detail::c(value)));
    }
    Form add(const std::string &name, const std::string &value) && { return std::move(add(name, value)); }
    Form &set_disabled(const std::string &name, bool disabled) & {
        return done(session_form_set_disabled(capi(), detail::c(name), disabled));
    }
    Form set_disabled(const std::string &name, bool disabled) && {
        return std::move(set_disabled(name, disabled));
    }

    // The request that a browser sends when the first submit button that is not disabled is clicked:
    // method, address, body, encoding, Referer and Origin as the form, the button and the page say.
    Request request() const { return made(session_form_submit(capi())); }
    // With the first submit button with this name and, unless it is empty, this value.
    Request request_with(const std::string &name, const std::string &value = {}) const {
        return made(session_form_submit_with(capi(), detail::c(name), detail::c_or_null(value)));
    }
    // With the submit button at a place among fields().
    Request request_at(size_t field) const { return made(session_form_submit_at(capi(), field)); }
    // With an image button, clicked so many pixels from its upper left corner.
    Request request_image(size_t field, int x, int y) const {
        return made(session_form_submit_image(capi(), field, x, y));
    }
    // Without any button, as a script's form.submit().
    Request request_without() const { return made(session_form_submit_without(capi())); }

private:
    Form &done(session_code code) {
        detail::check(code, session_form_error_message(capi()));
        return *this;
    }
    Request made(session_request_t *request) const {
        if (request == nullptr) detail::check(session_form_error(capi()), session_form_error_message(capi()));
        return Request(request);
    }
    template <typename Write, typename... At> std::string written(Write write, At... at) const {
        return detail::written([&](auto *into) { return write(capi(), at..., into); });
    }
};

class Element;

namespace detail {
// What can be asked of a page and of an element of it.
class Scope {
public:
    session_html_t *capi() const noexcept { return html_.get(); }
    // The text as a reader sees it.
    std::string text() const { return of_node(session_node_text); }
    // As HTML again.
    std::string html() const { return of_node(session_node_html); }
    // The elements below that a selector matches, in document order; with ::text text nodes, which
    // have a text and no name.
    std::vector<Element> select(const std::string &css) const;
    // The first of them.
    std::optional<Element> select_first(const std::string &css) const;
    // The texts that a selector matches, or with ::attr(name) the attributes.
    std::vector<std::string> find(const std::string &css) const {
        return list(session_html_find_values(capi(), node_, c(css)));
    }
    // The texts of the nodes, or the attributes, that an XPath 1.0 expression selects; of one that
    // computes a value ("count(//p)") just that, as a string.
    std::vector<std::string> xpath(const std::string &expression) const {
        const Value value = evaluate(expression);
        if (session_value_type(value.capi()) != SESSION_VALUE_TYPE_NODES) return {string(value)};
        std::vector<std::string> all(session_value_count(value.capi()));
        for (size_t index = 0; index < all.size(); ++index) {
            size_t length = 0;
            const char *text = session_value_item_text(value.capi(), index, &length);
            if (text == nullptr) raise(Error(SESSION_E_MEMORY, "the texts are too long"));
            all[index].assign(text, length);
        }
        return all;
    }
    // What an XPath 1.0 expression computes; of nodes the text of the first, empty without any.
    std::variant<std::string, double, bool> xpath_value(const std::string &expression) const {
        const Value value = evaluate(expression);
        const int type = session_value_type(value.capi());
        if (type == SESSION_VALUE_TYPE_NUMBER) return session_value_number(value.capi());
        if (type == SESSION_VALUE_TYPE_BOOLEAN) return session_value_boolean(value.capi()) == 1;
        return string(value);
    }
    // The matches of a search template ("Price: {:f} {currency:w}") as JSON:
    // [{"fixed": [...], "named": {...}}, ...]. flags are SESSION_SEARCH_ values.
    std::string search(const std::string &pattern, uint32_t flags = SESSION_SEARCH_ALL) const {
        const Matches matches(session_html_search(capi(), node_, c(pattern), flags));
        check(session_matches_error(matches.capi()), session_matches_error_message(matches.capi()));
        return written([&](auto *into) { return session_matches_json(matches.capi(), into); });
    }

protected:
    Scope(std::shared_ptr<session_html_t> html, session_node_t node) : html_(std::move(html)), node_(node) {}
    template <typename Write> std::string of_node(Write write) const {
        return detail::written([&](auto *into) { return write(capi(), node_, into); });
    }
    Element element(session_node_t node) const;
    std::shared_ptr<session_html_t> html_;
    session_node_t node_;

private:
    Value evaluate(const std::string &expression) const {
        Value value(session_html_xpath(capi(), node_, c(expression)));
        check(session_value_error(value.capi()), session_value_error_message(value.capi()));
        return value;
    }
    static std::string string(const Value &value) {
        size_t length = 0;
        const char *text = session_value_string(value.capi(), &length);
        return {text, length};
    }
};
} // namespace detail

// A node of a page, which it keeps alive: a value that can be copied, and asked by any thread.
class Element : public detail::Scope {
public:
    session_node_t node() const noexcept { return node_; }
    // Its name, in lower case in HTML.
    std::string name() const { return std::string(detail::view(session_node_tag(capi(), node_))); }
    // The value of an attribute, empty for one without a value, nothing if there is none.
    std::optional<std::string> attr(const std::string &name) const {
        size_t length = 0;
        const char *value = session_node_attribute(capi(), node_, detail::c(name), &length);
        if (value == nullptr) return std::nullopt;
        return std::string(value, length);
    }
    // The names and values of all attributes, in the order of the source.
    std::vector<std::pair<std::string, std::string>> attrs() const {
        std::vector<std::pair<std::string, std::string>> all(session_node_attribute_count(capi(), node_));
        for (size_t index = 0; index < all.size(); ++index) {
            const char *name = nullptr, *value = nullptr;
            session_node_attribute_at(capi(), node_, index, &name, &value);
            all[index] = {std::string(detail::view(name)), std::string(detail::view(value))};
        }
        return all;
    }
    // All text as it stands, and that right below the element alone.
    std::string full_text() const { return of_node(session_node_full_text); }
    std::string own_text() const { return of_node(session_node_own_text); }
    std::string inner_html() const { return of_node(session_node_inner_html); }
    // The line of the source that it begins in, from 1; 0 where no tag made it.
    int line() const noexcept { return session_node_line(capi(), node_); }
    std::optional<Element> parent() const { return there(session_node_parent(capi(), node_)); }
    std::optional<Element> next() const { return there(session_node_next_element(capi(), node_)); }
    std::optional<Element> previous() const { return there(session_node_previous_element(capi(), node_)); }
    // The elements right below.
    std::vector<Element> children() const { return select(":scope > *"); }
    bool matches(const std::string &css) const {
        if (session_node_matches(capi(), node_, detail::c(css)) == 1) return true;
        select(css); // which alone tells errors
        return false;
    }
    // The form that the element is, that owns it, or that it is in.
    Form form() const { return Form(session_html_form(capi(), node_)); }
    friend bool operator==(const Element &one, const Element &other) noexcept {
        return one.html_ == other.html_ && one.node_ == other.node_;
    }
    friend bool operator!=(const Element &one, const Element &other) noexcept { return !(one == other); }

private:
    friend class detail::Scope;
    using Scope::Scope;
    std::optional<Element> there(session_node_t node) const {
        if (node == 0) return std::nullopt;
        return element(node);
    }
};

namespace detail {
inline Element Scope::element(session_node_t node) const { return Element(html_, node); }

inline std::vector<Element> Scope::select(const std::string &css) const {
    const Nodes nodes(session_html_find(capi(), node_, c(css)));
    check(session_nodes_error(nodes.capi()), session_nodes_error_message(nodes.capi()));
    size_t count = 0;
    const session_node_t *data = session_nodes_data(nodes.capi(), &count);
    std::vector<Element> all;
    all.reserve(count);
    for (size_t index = 0; index < count; ++index) all.push_back(element(data[index]));
    return all;
}

inline std::optional<Element> Scope::select_first(const std::string &css) const {
    if (const session_node_t node = session_html_find_first(capi(), node_, c(css))) return element(node);
    select(css); // which alone tells errors
    return std::nullopt;
}
} // namespace detail

// A page, which outlives its response.
class Html : public detail::Scope {
public:
    // Adopts a handle of the C interface.
    explicit Html(session_html_t *handle) : Scope(shared(handle), 0) {}
    // Parses a page. Its links are relative to the URL, unless that is empty; without the name of an
    // encoding that is found as browsers do.
    explicit Html(std::string_view page, std::string_view url = {}, std::string_view encoding = {})
        : Html(parse(page, std::string(url), std::string(encoding))) {}
    Html(Html &&) noexcept = default;
    Html &operator=(Html &&) noexcept = default;
    Html(const Html &) = delete;
    Html &operator=(const Html &) = delete;
    ~Html() = default;
    std::string title() const { return asked(session_html_title); }
    // The address of the next page, empty on the last.
    std::string next_url() const { return asked(session_html_next_url); }
    // The URLs that the page links to; flags are SESSION_LINKS_ values.
    std::vector<std::string> links(uint32_t flags = SESSION_LINKS_ABSOLUTE) const {
        return detail::list(session_html_links(capi(), 0, flags));
    }
    // The absolute URL of a reference of the page, such as an attribute's value.
    std::string resolve(const std::string &reference) const {
        const char *text = detail::c(reference);
        return detail::written([&](auto *into) { return session_html_resolve(capi(), text, into); });
    }
    // The form that the first match of a selector is, that owns it, or that it is in.
    Form form(const std::string &css) const { return Form(session_html_form_find(capi(), detail::c(css))); }
    // The first form with this name, or else with it as its id.
    Form form_named(const std::string &name) const {
        return Form(session_html_form_named(capi(), detail::c(name)));
    }
    // The form at a place on the page, from 0.
    Form form_at(size_t index) const { return Form(session_html_form_at(capi(), index)); }
    // All forms of the page, in its order.
    std::vector<Form> forms() const {
        std::vector<Form> all;
        const size_t count = session_html_form_count(capi());
        for (size_t index = 0; index < count; ++index) all.push_back(form_at(index));
        return all;
    }
    // What a specification finds, both JSON: {"title": "h1", "links": ["a::attr(href)"]}.
    std::string extract(const std::string &specification) const {
        const char *json = detail::c(specification);
        return detail::written([&](auto *into) { return session_html_extract(capi(), json, into); });
    }

private:
    static std::shared_ptr<session_html_t> shared(session_html_t *handle) {
        if (handle == nullptr) detail::raise(std::bad_alloc());
        return std::shared_ptr<session_html_t>(handle, session_html_free);
    }
    static session_html_t *parse(std::string_view page, const std::string &url, const std::string &encoding) {
        session_html_t *html = nullptr;
        const char *base = detail::c_or_null(url), *name = detail::c_or_null(encoding);
        detail::written([&](auto *into) {
            return session_html_parse(page.data(), page.size(), base, name, &html, into);
        });
        return html;
    }
    template <typename Write> std::string asked(Write write) const {
        return detail::written([&](auto *into) { return write(capi(), into); });
    }
};

namespace detail {
// What can be asked of a response and of the hops before it. Views are not lent by temporaries.
template <typename Self> class Answer {
public:
    session_code error() const noexcept { return session_response_error(c()); }
    bool ok() const noexcept { return session_response_ok(c()) == 1; }
    int status() const noexcept { return session_response_status(c()); }
    int http_version() const noexcept { return session_response_http_version(c()); } // 10, 11 or 20

    std::string_view error_message() const & { return view(session_response_error_message(c())); }
    std::string_view error_message() const && = delete;
    std::string_view reason() const & { return view(session_response_reason(c())); }
    std::string_view reason() const && = delete;
    // What this hop was asked with, which redirects may change.
    std::string_view method() const & { return view(session_response_method(c())); }
    std::string_view method() const && = delete;
    // The address that answered, after redirects.
    std::string_view url() const & { return view(session_response_url(c())); }
    std::string_view url() const && = delete;
    // The host that answered ("127.0.0.1:80"), the proxy where there is one.
    std::string_view remote_address() const & { return view(session_response_remote_address(c())); }
    std::string_view remote_address() const && = delete;
    // The first value of a header, whatever the case of its name.
    std::optional<std::string_view> header(const std::string &name) const & {
        size_t length = 0;
        const char *value = session_response_header(c(), detail::c(name), &length);
        if (value == nullptr) return std::nullopt;
        return std::string_view(value, length);
    }
    std::optional<std::string_view> header(const std::string &name) const && = delete;
    // The names and values of all header fields, in the order received.
    std::vector<std::pair<std::string_view, std::string_view>> headers() const & {
        std::vector<std::pair<std::string_view, std::string_view>> all(session_response_header_count(c()));
        for (size_t index = 0; index < all.size(); ++index) {
            const char *name = nullptr, *value = nullptr;
            session_response_header_at(c(), index, &name, &value);
            all[index] = {view(name), view(value)};
        }
        return all;
    }
    std::vector<std::pair<std::string_view, std::string_view>> headers() const && = delete;
    // How long a part took, 0 of what did not happen.
    std::chrono::microseconds timing(session_timing which) const noexcept {
        const int64_t time = session_response_timing_us(c(), which);
        return std::chrono::microseconds(time < 0 ? 0 : time);
    }
    // How long the whole request took, all hops.
    std::chrono::microseconds elapsed() const noexcept { return timing(SESSION_TIMING_ELAPSED); }

private:
    const session_response_t *c() const noexcept { return static_cast<const Self *>(this)->capi(); }
};
} // namespace detail

class Response;

// A hop before a response, lent by it: a redirect, or a challenge that was answered.
class Hop : public detail::Answer<Hop> {
public:
    const session_response_t *capi() const noexcept { return handle_; }

private:
    friend class Response;
    explicit Hop(const session_response_t *handle) : handle_(handle) {}
    const session_response_t *handle_;
};

// The end of a request, whatever became of it. Views are of the response's own memory, so that a
// response that nobody keeps has none. The compiler cannot see to that behind -> of an optional:
// session.next(-1)->text() is a view of what is freed; keep what next() gives, and ask that.
class Response : public detail::Handle<session_response_t, session_response_free>,
                 public detail::Answer<Response> {
public:
    using Handle::Handle;
    // Of a request that was submitted: its id, and what it was submitted with.
    uint64_t id() const noexcept { return session_response_id(capi()); }
    void *userdata() const noexcept { return session_response_userdata(capi()); }
    // The number of hops before this response, and the hops, the oldest first.
    size_t redirects() const noexcept { return session_response_history_count(capi()); }
    std::vector<Hop> history() const & {
        std::vector<Hop> all;
        for (size_t index = 0; index < redirects(); ++index)
            all.push_back(Hop(session_response_history_at(capi(), index)));
        return all;
    }
    std::vector<Hop> history() const && = delete;

    // The body, its content encoding undone; empty if it went into a file. Throws what went wrong with
    // the transfer, as check(), and SESSION_E_STATE if the body is streamed: then read() has it.
    std::string_view body() const & { return check().partial_body(); }
    std::string_view body() const && = delete;
    // The body as UTF-8, decoded as browsers find the encoding. Throws as body().
    std::string_view text() const & { return check().partial_text(); }
    std::string_view text() const && = delete;
    // The same of what had come when the transfer failed.
    std::string_view partial_body() const & {
        in_memory();
        size_t length = 0;
        const void *data = session_response_body(capi(), &length);
        return {static_cast<const char *>(data), length};
    }
    std::string_view partial_body() const && = delete;
    std::string_view partial_text() const & {
        in_memory();
        size_t length = 0;
        const char *data = session_response_text(capi(), &length);
        if (data == nullptr) detail::raise(std::bad_alloc());
        return {data, length};
    }
    std::string_view partial_text() const && = delete;

    // Throws what went wrong with the transfer, of a body's reader what that threw; a status of 400 and
    // more is no error.
    const Response &check() const & {
        if (thrown_) std::rethrow_exception(thrown_);
        detail::check(error(), session_response_error_message(capi()));
        return *this;
    }
    Response check() && {
        std::as_const(*this).check();
        return std::move(*this);
    }
    // Throws that too, as a StatusError.
    const Response &check_status() const & {
        if (thrown_) std::rethrow_exception(thrown_);
        const detail::Buffer buffer(session_buffer_new());
        const session_code code = session_response_failure(capi(), buffer.capi());
        const char *message = session_buffer_data(buffer.capi(), nullptr);
        if (code == SESSION_E_STATUS) detail::raise(StatusError(status(), message));
        detail::check(code, message);
        return *this;
    }
    Response check_status() && {
        std::as_const(*this).check_status();
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
        check().in_memory();
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

private:
    friend class Pages;
    friend class Session;
    std::exception_ptr thrown_; // by what the request's body was read from

    void sent_from(const std::shared_ptr<detail::Reader> &reader) {
        if (!reader) return;
        thrown_ = reader->caught.take();
        if (error() == SESSION_OK) thrown_ = nullptr;
    }
    void in_memory() const {
        if (capi() == nullptr) detail::raise(Error(SESSION_E_NULL));
        if (session_response_is_streamed(capi()) == 1)
            detail::raise(Error(SESSION_E_STATE, "the body is streamed: only read() has it"));
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

// A walk from page to page, each visited once, as long as pages name a next one:
//
//     for (const Response &page : session.pages(Request("GET", "https://example.org/list")))
//         std::cout << page.html().title() << '\n';
//
// A page that failed is the last, and carries its error. One thread at a time. The session must be there
// until the end, or the next page fails.
class Pages : public detail::Handle<session_pages_t, session_pages_free> {
public:
    using Handle::Handle;
    // The words by which links to a next page are known, in any case, instead of "next", "more" and
    // "older"; without any, only what is declared counts.
    Pages &words(const std::vector<std::string> &words) & {
        std::vector<const char *> all;
        for (const std::string &word : words) all.push_back(detail::c(word));
        detail::check(session_pages_set_symbols(capi(), all.data(), all.size()));
        return *this;
    }
    Pages words(const std::vector<std::string> &all) && { return std::move(words(all)); }
    // The next page, nothing at the end.
    std::optional<Response> next() {
        session_response_t *page = session_pages_next(capi());
        std::optional<Response> response;
        if (page != nullptr) response.emplace(page).sent_from(std::exchange(reader_, nullptr));
        if (called_) called_->log.rethrow();
        return response;
    }

    struct End {};
    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Response;
        using difference_type = std::ptrdiff_t;
        using pointer = Response *;
        using reference = Response &;
        explicit Iterator(Pages &pages) : pages_(&pages), page_(pages.next()) {}
        Response &operator*() { return *page_; }
        Response *operator->() { return &*page_; }
        Iterator &operator++() {
            page_ = pages_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const Iterator &one, End) { return !one.page_; }
        friend bool operator!=(const Iterator &one, End end) { return !(one == end); }

    private:
        Pages *pages_;
        std::optional<Response> page_;
    };
    // Goes on from where the walk is.
    Iterator begin() { return Iterator(*this); }
    End end() const noexcept { return {}; }

private:
    friend class Session;
    std::shared_ptr<detail::Called> called_;
    std::shared_ptr<detail::Reader> reader_; // of the first request
};

// Cookies, connections and settings that requests share; any number of threads may use one.
class Session : public detail::Settings<Session, session_t, session_free, detail::SessionApi> {
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
    // What relative URLs of requests are relative to; empty: they are errors.
    Session &base_url(const std::string &url) & {
        return set(session_set_base_url(capi(), detail::c_or_null(url)), "base URL");
    }
    Session base_url(const std::string &url) && { return std::move(base_url(url)); }
    // The file of the certificate authorities to trust (PEM), or what would be in it; empty: the system's.
    Session &ca_file(const std::string &path) & {
        return set(session_set_ca_file(capi(), detail::c_or_null(path)), "file", path);
    }
    Session ca_file(const std::string &path) && { return std::move(ca_file(path)); }
    Session &ca_pem(std::string_view pem) & {
        return set(session_set_ca_pem(capi(), pem.data(), pem.size()), "authorities");
    }
    Session ca_pem(std::string_view pem) && { return std::move(ca_pem(pem)); }
    // The PEM files of the client's certificate with its chain and of its key; without one the key is in
    // the same file. An empty certificate takes it back.
    Session &client_cert(const std::string &cert_file, const std::string &key_file = {},
                         const std::string &passphrase = {}) & {
        const char *key = detail::c_or_null(key_file), *secret = detail::c_or_null(passphrase);
        const char *cert = detail::c_or_null(cert_file);
        return set(session_set_client_cert(capi(), cert, key, secret), "certificate", cert_file);
    }
    Session client_cert(const std::string &cert_file, const std::string &key_file = {},
                        const std::string &passphrase = {}) && {
        return std::move(client_cert(cert_file, key_file, passphrase));
    }
    // The public key that servers must have: "sha256//" and the base64 of its SHA-256; empty: any.
    Session &pinned_key(const std::string &pin) & {
        return set(session_set_pinned_key(capi(), detail::c_or_null(pin)), "pinned key");
    }
    Session pinned_key(const std::string &pin) && { return std::move(pinned_key(pin)); }
    // Sends the headers of a browser ("chrome", "firefox", "safari", "edge", "random"); empty: its own.
    Session &browser(const std::string &name) & {
        return set(session_set_browser(capi(), detail::c_or_null(name)), "browser", name);
    }
    Session browser(const std::string &name) && { return std::move(browser(name)); }
    // A file with the credentials of hosts; empty: none.
    Session &netrc(const std::string &path) & {
        return set(session_set_netrc(capi(), detail::c_or_null(path)), "file", path);
    }
    Session netrc(const std::string &path) && { return std::move(netrc(path)); }
    // The socket that all connections go to; empty: to their hosts.
    Session &unix_socket(const std::string &path) & {
        return set(session_set_unix_socket(capi(), detail::c_or_null(path)), "socket", path);
    }
    Session unix_socket(const std::string &path) && { return std::move(unix_socket(path)); }
    // Whether the environment's proxies and certificate authorities count, as they do by default.
    Session &trust_env(bool on) & { return set(session_set_trust_env(capi(), on), "environment"); }
    Session trust_env(bool on) && { return std::move(trust_env(on)); }
    // Whether hosts that asked for https are not spoken to over http again, as by default.
    Session &hsts(bool on) & { return set(session_set_hsts(capi(), on), "HSTS"); }
    Session hsts(bool on) && { return std::move(hsts(on)); }
    // Whether only addresses of the public internet are connected to, for what strangers name. Default: all.
    Session &public_only(bool on) & { return set(session_set_public_only(capi(), on), "public internet"); }
    Session public_only(bool on) && { return std::move(public_only(on)); }
    // Is told what requests go through, from the next one on: how bad it is, the number of the request, what
    // happened in one word and in one line. Empty: nothing is told.
    Session &log(session_log level,
                 std::function<void(session_log level, uint64_t request, std::string_view event,
                                    std::string_view text)> told) & {
        if (!told) return set(session_set_log(capi(), level, nullptr, nullptr, nullptr), "log");
        auto log = std::make_unique<detail::Log>(detail::Log{std::move(told), called_});
        return set(session_set_log(capi(), level, detail::Log::tell, log.release(), detail::Log::free), "log");
    }
    Session log(session_log level,
                std::function<void(session_log level, uint64_t request, std::string_view event,
                                   std::string_view text)> told) && {
        return std::move(log(level, std::move(told)));
    }
    Response get(const std::string &url) const { return heard(session_get(capi(), detail::c(url))); }
    Response head(const std::string &url) const { return heard(session_head(capi(), detail::c(url))); }
    Response delete_(const std::string &url) const { return heard(session_delete(capi(), detail::c(url))); }
    // A body and its media type; empty is none.
    Response post(const std::string &url, std::string_view body, std::string_view content_type = {}) const {
        const std::string type(content_type);
        const char *media = detail::c_or_null(type);
        return heard(session_post(capi(), detail::c(url), media, body.data(), body.size()));
    }
    Response put(const std::string &url, std::string_view body, std::string_view content_type = {}) const {
        const std::string type(content_type);
        const char *media = detail::c_or_null(type);
        return heard(session_put(capi(), detail::c(url), media, body.data(), body.size()));
    }
    Response patch(const std::string &url, std::string_view body, std::string_view content_type = {}) const {
        const std::string type(content_type);
        const char *media = detail::c_or_null(type);
        return heard(session_patch(capi(), detail::c(url), media, body.data(), body.size()));
    }
    Response send(const Request &request) const {
        Response response = heard(session_send(capi(), request.capi()));
        response.sent_from(request.reader_);
        return response;
    }
    // Sends a form, as if its first submit button was clicked; Form::request_with() clicks another one.
    Response send(const Form &form) const { return send(form.request()); }
    // Starts a request and returns its id, which its response will carry.
    uint64_t submit(const Request &request, void *userdata = nullptr) const {
        uint64_t id = 0;
        std::unique_lock<std::mutex> lock; // until next() can find the reader
        if (called_ && request.reader_) lock = std::unique_lock<std::mutex>(called_->mutex);
        detail::check(session_submit(capi(), request.capi(), userdata, &id));
        if (lock) called_->readers[id] = request.reader_;
        return id;
    }
    // A finished response, if there is one in time; negative: as long as it takes.
    std::optional<Response> next(int64_t timeout_ms = 0) const {
        session_response_t *ended = session_next(capi(), timeout_ms);
        std::optional<Response> response;
        if (ended != nullptr) response.emplace(ended);
        if (response && called_) {
            const std::lock_guard<std::mutex> lock(called_->mutex);
            const auto found = called_->readers.find(response->id());
            if (found != called_->readers.end()) {
                response->sent_from(found->second);
                called_->readers.erase(found);
            }
        }
        if (called_) called_->log.rethrow();
        return response;
    }
    // A walk that begins with a request, for at most so many pages; 0: 1000.
    Pages pages(const Request &first, size_t limit = 0) const {
        session_pages_t *walk = session_pages_new(capi(), first.capi(), limit);
        if (walk == nullptr) detail::check(capi() != nullptr && first.capi() != nullptr ? SESSION_OK : SESSION_E_NULL);
        Pages pages(walk);
        pages.called_ = called_;
        pages.reader_ = first.reader_;
        return pages;
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
    std::shared_ptr<detail::Called> called_ = std::make_shared<detail::Called>();

    Response heard(session_response_t *handle) const {
        Response response(handle);
        if (called_) called_->log.rethrow();
        return response;
    }
    // Throws why a function without a code gave nothing: the session was moved from, or is of another
    // process. No jar is set, and a session in use answers that it was NULL.
    void usable() const {
        const session_code code = session_set_jar(capi(), nullptr);
        if (capi() == nullptr || code != SESSION_E_NULL) detail::check(code);
    }
};

} // namespace htmlsession

#endif
