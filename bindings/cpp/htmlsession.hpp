// libhtmlsession for C++17: one header over htmlsession.h. Link with -lhtmlsession.
//
//     htmlsession::Session session;
//     auto page = session.get("https://example.org/").html();
//     for (const auto &link : page.links()) ...
//
// Handles are freed with their objects, in any order. Errors are exceptions, except that a
// response carries its own: Response::error() looks, Response::check() throws. Compiled with
// -fno-exceptions, what would be thrown aborts. capi() gives the C handle for whatever is not here.
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
#include <vector>

#include "htmlsession.h"

namespace htmlsession {

// What went wrong: a code, whose hundreds tell the kind, and one line that names the offender.
class Error : public std::runtime_error {
public:
    explicit Error(session_code code, const char *message = "")
        : std::runtime_error(*message != '\0' ? message : session_strerror(code)), code_(code) {}
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

inline void check(session_code code, const char *message = "") {
    if (code != SESSION_OK) raise(Error(code, message));
}

// A text for C, which would end it at a NUL.
inline const char *c(const std::string &text) {
    if (text.find('\0') != std::string::npos) raise(Error(SESSION_E_ARGUMENT, "NUL in a text"));
    return text.c_str();
}

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

template <auto Function, typename T> std::string written(const T *from) {
    Buffer buffer(session_buffer_new());
    check(Function(from, buffer.capi()));
    size_t length = 0;
    const char *data = session_buffer_data(buffer.capi(), &length);
    return {data, length};
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
} // namespace detail

// A page.
class Html : public detail::Handle<session_html_t, session_html_free> {
public:
    using Handle::Handle;
    explicit Html(std::string_view page, const char *url = nullptr)
        : Handle(parse(page, url)) {}
    std::string title() const { return detail::written<session_html_title>(capi()); }
    // The texts that a selector matches, or with ::attr(name) the attributes.
    std::vector<std::string> find(const std::string &css) const {
        return detail::list(session_html_find_values(capi(), 0, detail::c(css)));
    }
    // The URLs that the page links to.
    std::vector<std::string> links(uint32_t flags = SESSION_LINKS_ABSOLUTE) const {
        return detail::list(session_html_links(capi(), 0, flags));
    }
    // The address of the next page, empty on the last.
    std::string next_url() const { return detail::written<session_html_next_url>(capi()); }

private:
    static session_html_t *parse(std::string_view page, const char *url) {
        detail::Buffer why(session_buffer_new());
        session_html_t *html = nullptr;
        session_code code =
            session_html_parse(page.data(), page.size(), url, nullptr, &html, why.capi());
        detail::check(code, session_buffer_data(why.capi(), nullptr));
        return html;
    }
};

// The end of a request, whatever became of it. The views are of the response's own memory.
class Response : public detail::Handle<session_response_t, session_response_free> {
public:
    using Handle::Handle;
    session_code error() const noexcept { return session_response_error(capi()); }
    std::string_view error_message() const { return session_response_error_message(capi()); }
    bool ok() const noexcept { return session_response_ok(capi()) == 1; }
    int status() const noexcept { return session_response_status(capi()); }
    uint64_t id() const noexcept { return session_response_id(capi()); }
    std::string_view url() const { return session_response_url(capi()); }
    size_t redirects() const noexcept { return session_response_history_count(capi()); }
    std::optional<std::string_view> header(const std::string &name) const {
        size_t length = 0;
        const char *value = session_response_header(capi(), detail::c(name), &length);
        if (value == nullptr) return std::nullopt;
        return std::string_view(value, length);
    }
    std::string_view body() const {
        size_t length = 0;
        const void *data = session_response_body(capi(), &length);
        return {static_cast<const char *>(data), length};
    }
    std::string_view text() const {
        size_t length = 0;
        const char *data = session_response_text(capi(), &length);
        return {data, length};
    }
    // Throws what went wrong with the transfer; a status of 400 and more is no error.
    const Response &check() const & {
        detail::check(error(), session_response_error_message(capi()));
        return *this;
    }
    Response check() && {
        detail::check(error(), session_response_error_message(capi()));
        return std::move(*this);
    }
    Html html() const {
        detail::check(session_response_html_error(capi(), nullptr));
        return Html(session_response_html(capi()));
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
        size_t length = 0;
        const char *data = session_buffer_data(buffer.capi(), &length);
        return std::string(data, length);
    }
};

// A request that can be sent or submitted any number of times; setters can be chained.
class Request : public detail::Handle<session_request_t, session_request_free> {
public:
    Request(const std::string &method, const std::string &url) : Handle(made(method, url)) {}
    Request &header(const std::string &name, const std::string &value) {
        return set(session_request_set_header(capi(), detail::c(name), detail::c(value)));
    }
    Request &param(const std::string &name, const std::string &value) {
        return set(session_request_set_param(capi(), detail::c(name), detail::c(value)));
    }
    Request &field(const std::string &name, const std::string &value) {
        return set(session_request_add_field(capi(), detail::c(name), detail::c(value)));
    }
    Request &body(std::string_view bytes, const char *content_type = nullptr) {
        return set(session_request_set_body(capi(), content_type, bytes.data(), bytes.size()));
    }
    // The response comes with its head; Response::read reads the body while it comes.
    Request &streamed(bool on = true) { return set(session_request_set_streamed(capi(), on)); }
    // Into a file, which appears whole or not at all; a broken download can be gone on with.
    Request &output_file(const std::string &path, bool resume = true) {
        return set(session_request_set_output_file(capi(), detail::c(path), resume));
    }
    Request &timeout_ms(int64_t milliseconds) {
        return set(session_request_set_timeout_ms(capi(), milliseconds));
    }

private:
    static session_request_t *made(const std::string &method, const std::string &url) {
        session_request_t *request = session_request_new(detail::c(method), detail::c(url));
        session_code code = session_request_error(request);
        if (code != SESSION_OK) {
            Error error(code, session_request_error_message(request));
            session_request_free(request);
            detail::raise(error);
        }
        return request;
    }
    Request &set(session_code code) {
        detail::check(code);
        return *this;
    }
};

// Cookies, connections and defaults that requests share; any number of threads may use one.
class Session : public detail::Handle<session_t, session_free> {
public:
    Session() : Handle(session_new()) {}
    Response get(const std::string &url) const { return Response(session_get(capi(), detail::c(url))); }
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
        if (fd < 0) detail::raise(Error(SESSION_E_IO, "no descriptor left"));
        return fd;
    }
    // Cancels one submitted request, or with 0 all; each still gives its response.
    void cancel(uint64_t id = 0) const { detail::check(session_cancel(capi(), id)); }
};

} // namespace htmlsession

#endif
