// Corners of the C++ binding: what its settings send, what is lent, and what errors say.
#include "support.hpp"
#include <htmlsession.hpp>

#include <arpa/inet.h>
#include <cstdio>
#include <iostream>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <type_traits>
#include <unistd.h>

using namespace htmlsession;

// The message of the error with this code that a call throws.
template <typename Call> std::string raised(session_code code, Call call) {
    try {
        call();
    } catch (const Error &error) {
        if (error.code() == code) return error.what();
        return "code " + std::to_string(error.code()) + ": " + error.what();
    }
    return "no error";
}

// A server that answers with what it was asked. To "/broken" it promises more, to "/silent" it says
// nothing until the client has gone; "/hop" leads to "/lost", which is not there.
// "/flaky" is there at the second try, "/digest" for whom it knows.
class Echo {
public:
    Echo() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        const auto generic = reinterpret_cast<sockaddr *>(&address);
        HOLDS(bind(listener_, generic, size) == 0 && listen(listener_, 16) == 0);
        HOLDS(getsockname(listener_, generic, &size) == 0);
        url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
        thread_ = std::thread([this] { serve(); });
    }
    ~Echo() {
        shutdown(listener_, SHUT_RDWR);
        thread_.join();
        close(listener_);
    }
    std::string url;

private:
    void serve() const {
        bool failed = false;
        for (int client; (client = accept(listener_, nullptr, nullptr)) >= 0; close(client)) {
            std::string seen;
            char piece[4096];
            for (ssize_t count; !whole(seen) && (count = recv(client, piece, sizeof piece, 0)) > 0;)
                seen.append(piece, static_cast<size_t>(count));
            if (!whole(seen) || has(seen, " /silent")) {
                while (recv(client, piece, sizeof piece, 0) > 0) {}
                continue;
            }
            const std::string body = "<title>" + seen;
            const size_t length = body.size() + (has(seen, " /broken") ? 1 : 0);
            std::string status = "200 OK";
            if (has(seen, " /hop")) status = "302 Found\r\nLocation: /lost";
            if (has(seen, " /lost")) status = "404 Not Found";
            if (has(seen, " /flaky") && !failed) {
                failed = true;
                status = "503 Service Unavailable";
            }
            if (has(seen, " /digest") && !has(seen, "Authorization: Digest username=\"ada\""))
                status = "401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";
            const std::string answer = "HTTP/1.1 " + status + "\r\nConnection: close\r\nX-A: 1\r\nx-a: 2\r\n"
                                       "Content-Type: text/html\r\nContent-Length: " +
                                       std::to_string(length) + "\r\n\r\n" + body;
            const ssize_t sent = send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
            HOLDS(sent == static_cast<ssize_t>(answer.size()));
        }
    }
    static bool whole(const std::string &seen) {
        const size_t head = seen.find("\r\n\r\n"), length = seen.find("Content-Length: ");
        if (head == std::string::npos) return false;
        return length > head || seen.size() >= head + 4 + std::stoul(seen.substr(length + 16));
    }
    int listener_;
    std::thread thread_;
};

// Views are not lent by a response that nobody keeps.
#define LENT(call)                                                                                           \
    {                                                                                                        \
        const auto lent = [](auto &&from) -> decltype(std::forward<decltype(from)>(from).call) {             \
            return std::forward<decltype(from)>(from).call;                                                  \
        };                                                                                                   \
        static_assert(std::is_invocable_v<decltype(lent), Response &>, #call);                               \
        static_assert(std::is_invocable_v<decltype(lent), const Response &>, #call);                         \
        static_assert(!std::is_invocable_v<decltype(lent), Response>, #call);                                \
        static_assert(!std::is_invocable_v<decltype(lent), const Response>, #call);                          \
    }

static void lends() {
    LENT(body())
    LENT(text())
    LENT(url())
    LENT(error_message())
    LENT(partial_body())
    LENT(partial_text())
    LENT(reason())
    LENT(method())
    LENT(history())
    LENT(header("X"))
    LENT(headers())
    static_assert(!std::is_copy_constructible_v<Response> && !std::is_copy_constructible_v<Session>);
    static_assert(!std::is_copy_constructible_v<Html> && !std::is_copy_assignable_v<Html>);
    static_assert(!std::is_copy_constructible_v<Form> && std::is_copy_constructible_v<Element>);
    static_assert(std::is_nothrow_move_constructible_v<Html> && std::is_nothrow_move_constructible_v<Form>);
}

// Setters of a temporary give it on by value.
#define CHAINED(type, call)                                                                                  \
    static_assert(std::is_same_v<decltype(std::declval<type &>().call), type &>, #call);                     \
    static_assert(std::is_same_v<decltype(std::declval<type>().call), type>, #call);

#define SETTING(call) CHAINED(Request, call) CHAINED(Session, call)

static void chains(const std::string &url) {
    SETTING(header("X", "y"))
    SETTING(unset_header("X"))
    SETTING(param("p", "1"))
    SETTING(auth_basic("ada", "secret"))
    SETTING(auth_bearer("t"))
    SETTING(unset_auth())
    SETTING(timeout_ms(1))
    SETTING(auth_digest("ada", "secret"))
    SETTING(connect_timeout_ms(1))
    SETTING(read_timeout_ms(1))
    SETTING(redirect_limit(1))
    SETTING(redirect_policy(SESSION_REDIRECTS_FETCH))
    SETTING(retry(2, 1))
    SETTING(max_body(1))
    SETTING(proxy(""))
    SETTING(verify(true))
    CHAINED(Request, add_param("p", "1"))
    CHAINED(Request, field("f", "1"))
    CHAINED(Request, body("b", "x/y"))
    CHAINED(Request, json("1"))
    CHAINED(Request, body_reader(nullptr))
    CHAINED(Request, streamed())
    CHAINED(Request, output_file("f"))
    CHAINED(Request, add_header("X", "y"))
    CHAINED(Request, cookie("a", "b"))
    CHAINED(Request, part("a", "b"))
    CHAINED(Request, file("a", "b"))
    CHAINED(Request, body_file("b"))
    CHAINED(Session, base_url(""))
    CHAINED(Session, log(SESSION_LOG_INFO, nullptr))
    CHAINED(Pages, words({}))
    CHAINED(Session, ca_file(""))
    CHAINED(Session, ca_pem(""))
    CHAINED(Session, client_cert(""))
    CHAINED(Session, pinned_key(""))
    CHAINED(Session, browser(""))
    CHAINED(Session, netrc(""))
    CHAINED(Session, unix_socket(""))
    CHAINED(Session, trust_env(true))
    CHAINED(Session, hsts(true))
    CHAINED(Session, public_only(false))
    CHAINED(Form, set("a", "b"))
    CHAINED(Form, set_at(0, "b"))
    CHAINED(Form, check("a"))
    CHAINED(Form, uncheck("a", "b"))
    CHAINED(Form, check_at(0, true))
    CHAINED(Form, select("a", "b"))
    CHAINED(Form, unselect("a", "b"))
    CHAINED(Form, attach_file("a", "b"))
    CHAINED(Form, attach_bytes("a", "b", "c"))
    CHAINED(Form, add("a", "b"))
    CHAINED(Form, set_disabled("a", true))
    CHAINED(Session, jar(std::declval<const Jar &>()))
    Jar jar;
    jar.set("127.0.0.1", "a", "1");
    const Session session = Session().timeout_ms(60000).jar(jar);
    const auto &lent = Request("GET", url).header("X-A", "lent").param("p", "1");
    auto owned = Request("POST", url).header("X-A", "owned").body("b");
    owned.header("X-B", "b").add_param("p", "2").add_param("p", "3");
    const Response get = session.send(lent), post = session.send(owned);
    HOLDS(has(get.body(), "GET /?p=1 HTTP/1.1\r\n") && has(get.body(), "X-A: lent\r\n"));
    HOLDS(has(post.body(), "POST /?p=2&p=3 HTTP/1.1\r\n") && has(post.body(), "X-A: owned\r\n"));
    HOLDS(has(post.body(), "X-B: b\r\n") && has(post.body(), "Cookie: a=1\r\n"));
}

// What was moved from is empty or says so.
static void moves(const std::string &url) {
    Session session;
    Response response = session.get(url);
    const Response kept = std::move(response);
    HOLDS(kept.body() == "12345" && kept.header("x-utf8") == "é" && kept.header("X-None") == std::nullopt);
    HOLDS(response.error() == SESSION_E_NULL && !response.ok() && response.status() == 0);
    HOLDS(response.url().empty() && response.reason().empty() && response.history().empty());
    HOLDS(response.elapsed().count() == 0 && response.error_message().empty());
    HOLDS(response.headers().empty() && !response.header("X-Utf8"));
    char byte;
    for (const std::string &said : {
             raised(SESSION_E_NULL, [&] { response.check(); }),
             raised(SESSION_E_NULL, [&] { response.check_status(); }),
             raised(SESSION_E_NULL, [&] { response.body(); }),
             raised(SESSION_E_NULL, [&] { response.text(); }),
             raised(SESSION_E_NULL, [&] { response.partial_body(); }),
             raised(SESSION_E_NULL, [&] { response.partial_text(); }),
             raised(SESSION_E_NULL, [&] { response.html(); }),
             raised(SESSION_E_NULL, [&] { response.partial_html(); }),
             raised(SESSION_E_NULL, [&] { response.read(&byte, 1); }),
             raised(SESSION_E_NULL, [&] { response.read_line(); }),
             raised(SESSION_E_NULL, [&] { response.json(); }),
         })
        HOLDS(has(said, "pointer is NULL") && !has(said, "code"));
    Response released = session.get(url);
    session_response_free(released.release());
    HOLDS(released.url().empty());
    Request request("GET", url);
    const Request moved = std::move(request);
    HOLDS(raised(SESSION_E_NULL, [&] { request.header("A", "b"); }) == "header \"A\": a required pointer is NULL");
    HOLDS(session.send(request).error() == SESSION_E_NULL && session.send(moved).ok());
    HOLDS(session.fd() >= 0);
    const Session other = std::move(session);
    HOLDS(has(raised(SESSION_E_NULL, [&] { session.jar(); }), "pointer is NULL"));
    HOLDS(has(raised(SESSION_E_NULL, [&] { session.fd(); }), "pointer is NULL"));
    HOLDS(other.fd() >= 0 && other.jar().header(url).empty());
    Html page("<form></form><p>a");
    Element paragraph = page.select("p").at(0);
    Form form = page.form_at(0);
    const Html pages = std::move(page);
    const Element paragraphs = std::move(paragraph);
    const Form forms = std::move(form);
    for (const std::string &said : {
             raised(SESSION_E_NULL, [&] { page.title(); }),
             raised(SESSION_E_NULL, [&] { page.links(); }),
             raised(SESSION_E_NULL, [&] { page.select("p"); }),
             raised(SESSION_E_NULL, [&] { page.select_first("p"); }),
             raised(SESSION_E_NULL, [&] { page.find("p"); }),
             raised(SESSION_E_NULL, [&] { page.xpath("//p"); }),
             raised(SESSION_E_NULL, [&] { page.search("{}"); }),
             raised(SESSION_E_NULL, [&] { page.extract("{}"); }),
             raised(SESSION_E_NULL, [&] { page.form_at(0); }),
             raised(SESSION_E_NULL, [&] { paragraph.text(); }),
             raised(SESSION_E_NULL, [&] { paragraph.matches("p"); }),
             raised(SESSION_E_NULL, [&] { paragraph.form(); }),
             raised(SESSION_E_NULL, [&] { form.set("a", "b"); }),
             raised(SESSION_E_NULL, [&] { form.json(); }),
             raised(SESSION_E_NULL, [&] { form.request(); }),
             raised(SESSION_E_NULL, [&] { session.send(Request("GET", url)).check(); }),
             raised(SESSION_E_NULL, [&] { session.submit(Request("GET", url)); }),
             raised(SESSION_E_NULL, [&] { session.timeout_ms(1); }),
         })
        HOLDS(has(said, "pointer is NULL") && !has(said, "code"));
    HOLDS(paragraph.name().empty() && !paragraph.attr("a") && !paragraph.parent() && form.fields().empty());
    HOLDS(page.forms().empty() && !session.next() && session.outstanding() == 0);
    HOLDS(pages.text() == "a" && paragraphs.text() == "a" && forms.fields().empty());
}

// A child process has no use of its parent's session.
static void forks() {
    const Session session;
    const pid_t child = fork();
    if (child == 0) {
        HOLDS(has(raised(SESSION_E_FORKED, [&] { session.jar(); }), "(fork)"));
        HOLDS(has(raised(SESSION_E_FORKED, [&] { session.fd(); }), "(fork)"));
        _exit(0);
    }
    int status = -1;
    HOLDS(waitpid(child, &status, 0) == child && status == 0);
}

// A request of the C interface.
static void adopts(const std::string &url) {
    const Html page("<form action=/to method=post><input name=a value=1></form><form action=ftp://h/>", url);
    session_form_t *form = session_html_form_find(page.capi(), "form");
    const Response sent = Session().send(Request(session_form_submit(form)).param("p", "1"));
    session_form_free(form);
    HOLDS(has(sent.body(), "POST /to?p=1 HTTP/1.1\r\n") && has(sent.body(), "\r\n\r\na=1"));
    form = session_html_form_find(page.capi(), "form + form");
    HOLDS(has(raised(SESSION_E_NULL, [&] { Request{session_form_submit(form)}; }), "pointer is NULL"));
    session_form_free(form);
    const auto refused = [] { Request{session_request_new("B M", "http://h/")}; };
    HOLDS(raised(SESSION_E_METHOD, refused) == raised(SESSION_E_METHOD, [] { Request("B M", "http://h/"); }));
}

static void errors() {
    HOLDS(raised(SESSION_E_URL, [] { Html("<p>", "not a url"); }) == "relative URL without a base: not a url");
    Session session;
    Request request("GET", "http://h/");
    HOLDS(raised(SESSION_E_HEADER, [&] { request.header("a b", "c"); }) == "header \"a b\": invalid header");
    HOLDS(raised(SESSION_E_HEADER, [&] { session.header("X", "a\nb"); }) == "header \"X\": invalid header");
    HOLDS(raised(SESSION_E_UTF8, [&] { request.field("\xff", ""); }) == "field \"\xff\": text is not valid UTF-8");
    const std::string nul(1, '\0');
    for (const std::string &said : {
             raised(SESSION_E_ARGUMENT, [&] { session.proxy(nul); }),
             raised(SESSION_E_ARGUMENT, [&] { Html("<p>", nul); }),
             raised(SESSION_E_ARGUMENT, [&] { request.body("b", nul); }),
             raised(SESSION_E_ARGUMENT, [&] { session.post("http://h/", "b", nul); }),
             raised(SESSION_E_ARGUMENT, [&] { session.put("http://h/", "b", nul); }),
         })
        HOLDS(said == "NUL in a text");
    HOLDS(raised(SESSION_E_METHOD, [] { Request("B M", "http://h/"); }) != "");
}

static void settings(const std::string &url) {
    Session session;
    session.header("X-A", "session").header("X-B", "session").unset_header("User-Agent").param("p", "1");
    session.auth_basic("ada", "secret").timeout_ms(60000).verify(false);
    const Response plain = session.get(url + "/?q");
    HOLDS(has(plain.body(), "GET /?q&p=1 HTTP/1.1\r\n") && has(plain.body(), "X-A: session\r\n"));
    HOLDS(has(plain.body(), "Authorization: Basic YWRhOnNlY3JldA==\r\n") && !has(plain.body(), "User-Agent"));
    HOLDS((plain.headers().at(1) == std::pair<std::string_view, std::string_view>("X-A", "1")));
    HOLDS((plain.headers().at(2) == std::pair<std::string_view, std::string_view>("x-a", "2")));
    Request request("GET", url);
    request.header("X-A", "own").unset_header("X-B").auth_bearer("t").param("p", "2").add_param("p", "3");
    const Response own = session.send(request);
    HOLDS(has(own.body(), "GET /?p=2&p=3 HTTP/1.1\r\n") && has(own.body(), "X-A: own\r\n"));
    HOLDS(has(own.body(), "Authorization: Bearer t\r\n") && !has(own.body(), "X-B"));
    const Response bare = session.send(Request("GET", url).unset_auth());
    HOLDS(!has(bare.body(), "Authorization"));
    const Response without = session.unset_auth().get(url);
    HOLDS(!has(without.body(), "Authorization"));

    HOLDS(session.send(Request("GET", url + "/silent").timeout_ms(20)).error() == SESSION_E_TIMEOUT);
    const Response through = session.proxy(url).get("http://nowhere.invalid/p");
    HOLDS(has(through.body(), "GET http://nowhere.invalid/p?p=1 HTTP/1.1\r\n"));
    HOLDS(session.proxy("").get(url).ok());
}

static void bodies(const std::string &url) {
    const Session session;
    const Response post = session.post(url, {"a\0b", 3}, "x/y");
    HOLDS(has(post.body(), "POST / HTTP/1.1\r\n") && has(post.body(), "Content-Type: x/y\r\n"));
    HOLDS(has(post.body(), {"\r\n\r\na\0b", 7}));
    const Response put = session.put(url, "b");
    HOLDS(has(put.body(), "PUT / HTTP/1.1\r\n") && !has(put.body(), "Content-Type"));
    // Optional texts come in any type, one that no NUL ends too, and are none when empty.
    const std::string type = "x/y";
    const std::string_view part = std::string_view("x/yz").substr(0, 3);
    const Response posts[] = {session.post(url, "b", type), session.put(url, "b", part),
                              session.send(Request("POST", url).body("b", part))};
    for (const Response &response : posts) HOLDS(has(response.body(), "Content-Type: x/y\r\n"));
    const Response untyped = session.send(Request("POST", url).body("b", ""));
    HOLDS(!has(untyped.body(), "Content-Type"));
    const std::string_view base = std::string_view("http://h/d/x").substr(0, 11);
    HOLDS(Html("<a href=x>", base).links().at(0) == "http://h/d/x");
    HOLDS(Html("<a href=x>", untyped.url()).links().at(0) == url + "/x" && Html("<p>t", "").text() == "t");
    const Response gone = session.delete_(url);
    HOLDS(has(gone.body(), "DELETE / HTTP/1.1\r\n"));
    const Response json = session.send(Request("PROPFIND", url).json("{\"a\":1}"));
    HOLDS(has(json.body(), "PROPFIND / HTTP/1.1\r\n") && has(json.body(), "application/json\r\n"));
    HOLDS(has(json.json(), "\r\n\r\n{\"a\":1}"));

    // A page that broke off is an error unless one asks for its part.
    const Response broken = session.get(url + "/broken");
    HOLDS(broken.error() == SESSION_E_TRUNCATED);
    HOLDS(raised(SESSION_E_TRUNCATED, [&] { broken.html(); }) == broken.error_message());
    HOLDS(raised(SESSION_E_TRUNCATED, [&] { broken.json(); }) == broken.error_message());
    HOLDS(raised(SESSION_E_TRUNCATED, [&] { broken.body(); }) == broken.error_message());
    HOLDS(raised(SESSION_E_TRUNCATED, [&] { broken.text(); }) == broken.error_message());
    HOLDS(raised(SESSION_E_TRUNCATED, [&] { broken.check_status(); }) == broken.error_message());
    HOLDS(has(broken.partial_body(), "GET /broken") && has(broken.partial_text(), "GET /broken"));
    HOLDS(has(broken.partial_html().title(), "GET /broken HTTP/1.1"));
    // And why there is no page or text has a message.
    Response streamed = session.send(Request("GET", url).streamed());
    HOLDS(has(raised(SESSION_E_STATE, [&] { streamed.html(); }), "stream"));
    for (const std::string &said : {
             raised(SESSION_E_STATE, [&] { streamed.body(); }),
             raised(SESSION_E_STATE, [&] { streamed.text(); }),
             raised(SESSION_E_STATE, [&] { streamed.json(); }),
             raised(SESSION_E_STATE, [&] { streamed.partial_body(); }),
             raised(SESSION_E_STATE, [&] { streamed.partial_text(); }),
         })
        HOLDS(said == "the body is streamed: only read() has it");
    HOLDS(has(streamed.read_line().value_or(""), "<title>GET / HTTP/1.1"));
}

// What the other settings and requests send, and what a response tells of its way.
static void ways(const std::string &url) {
    HOLDS(has(version(), ".") && has(features(), "libcurl/"));
    const Session session = Session().base_url(url).connect_timeout_ms(60000).read_timeout_ms(60000);
    const Response end = session.get("/hop");
    HOLDS(end.redirects() == 1 && end.url() == url + "/lost" && end.status() == 404 && end.method() == "GET");
    HOLDS(end.reason() == "Not Found" && end.http_version() == 11);
    HOLDS("http://" + std::string(end.remote_address()) == url);
    const auto hops = end.history();
    HOLDS(hops.size() == 1 && hops[0].status() == 302 && hops[0].url() == url + "/hop" && hops[0].ok());
    HOLDS(hops[0].header("location") == "/lost" && hops[0].error() == SESSION_OK);
    HOLDS(end.elapsed() >= end.timing(SESSION_TIMING_TOTAL) && end.elapsed().count() > 0);
    HOLDS(end.timing(SESSION_TIMING_TLS).count() == 0);
    const std::string lost = "404 Client Error: Not Found for url: " + url + "/lost";
    HOLDS(raised(SESSION_E_STATUS, [&] { end.check().check_status(); }) == lost);
    try {
        session.get("/hop").check_status();
        HOLDS(false);
    } catch (const StatusError &error) {
        HOLDS(error.status() == 404 && error.what() == lost);
    }
    const Response fine = session.get("/fine").check_status();
    HOLDS(&fine.check_status() == &fine && has(fine.text(), "GET /fine"));
    const Response stays = session.send(Request("GET", "/hop").redirect_limit(0));
    HOLDS(stays.status() == 302 && stays.history().empty());
    HOLDS(session.send(Request("POST", "/hop").redirect_policy(SESSION_REDIRECTS_STRICT)).check().status() == 404);
    HOLDS(session.send(Request("GET", "/fine").max_body(3)).error() == SESSION_E_BODY_TOO_LARGE);
    HOLDS(session.send(Request("GET", "/silent").read_timeout_ms(20)).error() == SESSION_E_READ_TIMEOUT);
    // A server that knows no TLS and waits for more.
    const std::string deaf = "https" + url.substr(4);
    HOLDS(session.send(Request("GET", deaf).connect_timeout_ms(20)).error() == SESSION_E_CONNECT_TIMEOUT);
    HOLDS(session.send(Request("GET", "/flaky").retry(2, 1)).status() == 200);
    const Response known = session.send(Request("GET", "/digest").auth_digest("ada", "secret"));
    HOLDS(known.status() == 200 && known.history().at(0).status() == 401);
    HOLDS(has(raised(SESSION_E_ARGUMENT, [&] { Request("GET", "/").retry(0, 1); }), "retry: "));
    HOLDS(has(raised(SESSION_E_URL, [] { Session().base_url("no url"); }), "base URL: "));
    HOLDS(Session().ca_file("/none").get(deaf).error() == SESSION_E_TLS_CA);
    HOLDS(Session().ca_pem("no PEM").get(deaf).error() == SESSION_E_TLS_CA);
    HOLDS(Session().client_cert("/none", "/none", "p").get(deaf).error() == SESSION_E_TLS_CLIENT_CERT);
    HOLDS(Session().public_only(true).get(url).error() == SESSION_E_REFUSED);
    HOLDS(Session().unix_socket("/none").get(url).error() == SESSION_E_CONNECT);
    HOLDS(Session().browser("firefox").trust_env(false).hsts(false).get(url + "/fine").status() == 200);
    HOLDS(has(raised(SESSION_E_ARGUMENT, [] { Session().pinned_key("no pin"); }), "pinned key: "));
    HOLDS(has(raised(SESSION_E_ARGUMENT, [] { Session().browser("lynx"); }), "lynx"));
    HOLDS(has(raised(SESSION_E_IO, [] { Session().netrc("/none/netrc"); }), "/none/netrc"));

    const std::string file = "/tmp/htmlsession-corners-" + std::to_string(getpid()) + ".out";
    const Response into_file = session.send(Request("GET", "/fine").output_file(file, false));
    HOLDS(into_file.body().empty());
    const Response upload = session.send(Request("POST", "/up").body_file(file, "x/y"));
    HOLDS(has(upload.body(), "Content-Type: x/y\r\n") && has(upload.body(), "<title>GET /fine"));
    Request request("POST", "/parts");
    request.header("X-A", "1").add_header("X-A", "2").cookie("c", "own").field("n", "v");
    request.part("p", {"a\0b", 3}, "p.bin").part("q", "text", "", "x/z").file("f", file, "x/f");
    const Response parts = session.send(request);
    std::remove(file.c_str());
    for (const std::string_view part : {
             std::string_view("X-A: 1\r\nX-A: 2\r\n"),
             std::string_view("Cookie: c=own\r\n"),
             std::string_view("name=\"n\"\r\n\r\nv\r\n"), std::string_view("filename=\"p.bin\"\r\n"),
             std::string_view("\r\n\r\na\0b\r\n", 9),
             std::string_view("name=\"q\"\r\nContent-Type: x/z\r\n\r\ntext"),
             std::string_view("name=\"f\"; filename=\"htmlsession-corners-"), std::string_view("Content-Type: x/f\r\n"),
         })
        HOLDS(has(parts.body(), part));
    HOLDS(request.method() == "POST" && request.url() == "/parts" && session.jar().header(url).empty());
    const Response head = session.head("/fine");
    HOLDS(head.body().empty() && head.ok() && head.method() == "HEAD");
    const Response patch = session.patch("/fine", "b", "x/y");
    HOLDS(has(patch.body(), "PATCH /fine HTTP/1.1\r\n") && has(patch.body(), "Content-Type: x/y\r\n"));
}

static void forms(const std::string &url) {
    const std::string source =
        "<form name=search action=/find><input name=q></form><form id=order method=post action='/to?x'>"
        "<input name=name value=nobody><input type=checkbox name=gift value=yes>"
        "<input type=checkbox name=fast value=1 checked><input type=radio name=size value=s checked>"
        "<input type=radio name=size value=l><select name=colour multiple><option value=r selected>Red"
        "<option value=g>Green<option value=b>Blue</select><button name=go value=1>A</button>"
        "<button name=go value=2>B</button></form><form id=up method=post enctype=multipart/form-data action=/up>"
        "<input type=file name=doc multiple><input type=image name=map></form>";
    const Session session;
    // Forms outlive their page.
    auto all = Html(source, url + "/", "utf-8").forms();
    HOLDS(all.size() == 3);
    Form &order = all[1];
    const auto fields = order.fields();
    HOLDS(fields.size() == 8 && fields[0].name == "name" && fields[0].type == "text" && fields[0].value == "nobody");
    HOLDS(!fields[1].checked && fields[2].checked && fields[1].value == "yes" && !fields[1].disabled);
    HOLDS(fields[5].type == "select-multiple" && fields[5].options.size() == 3 && fields[5].options[0].selected);
    HOLDS(fields[5].options[1].label == "Green" && !fields[5].options[1].disabled && fields[7].type == "submit");
    HOLDS(has(order.json(), "\"action\":\"/to?x\""));
    order.set("name", "Ada & S\u00f6hne").check("gift").uncheck("fast", "1").check("size", "l");
    order.select("colour", "Blue").unselect("colour", "r").add("token", "t");
    const Response first = session.send(order);
    HOLDS(has(first.body(), "POST /to?x HTTP/1.1\r\n") && has(first.body(), "Referer: " + url + "/\r\n"));
    HOLDS(has(first.body(), "\r\n\r\nname=Ada+%26+S%C3%B6hne&gift=yes&size=l&colour=b&go=1&token=t"));
    const Response second = session.send(order.request_with("go", "2").param("p", "1"));
    HOLDS(has(second.body(), "POST /to?x&p=1 ") && has(second.body(), "&go=2&"));
    const Response at = session.send(order.request_at(7));
    HOLDS(has(at.body(), "&go=2&"));
    order.set_at(0, "x").check_at(1, false).set_disabled("token", true);
    const Response without = session.send(order.request_without());
    HOLDS(has(without.body(), "\r\n\r\nname=x&size=l&colour=b") && !has(without.body(), "go="));
    HOLDS(all[0].set("q", "a b").request().url() == url + "/find?q=a+b" && all[0].request().method() == "GET");

    const std::string file = "/tmp/htmlsession-corners-" + std::to_string(getpid()) + ".up";
    std::FILE *written = std::fopen(file.c_str(), "w");
    HOLDS(written != nullptr && std::fputs("from disk", written) >= 0 && std::fclose(written) == 0);
    const Response upload = session.send(
        Html(source, url + "/")
            .form("#up")
            .attach_file("doc", file, "x/d")
            .attach_bytes("doc", "b.bin", {"a\0b", 3})
            .request_image(1, 3, 4));
    std::remove(file.c_str());
    for (const std::string_view part : {
             std::string_view("Content-Type: x/d\r\n\r\nfrom disk"), std::string_view("filename=\"b.bin\"\r\n"),
             std::string_view("\r\n\r\na\0b\r\n", 9), std::string_view("name=\"map.x\"\r\n\r\n3\r\n"),
         })
        HOLDS(has(upload.body(), part));

    const Html page(source + "<input id=far form=order><p>", url + "/");
    HOLDS(page.select("#far").at(0).form().fields().size() == 9 && page.form_named("search").fields().size() == 1);
    HOLDS(raised(SESSION_E_FORM, [&] { order.set("none", "1"); }) == "no field \"none\" in the form");
    HOLDS(has(raised(SESSION_E_FORM, [&] { order.request_with("stay"); }), "stay"));
    HOLDS(raised(SESSION_E_FORM, [&] { order.request_image(0, 1, 1); }) != "");
    HOLDS(raised(SESSION_E_FORM, [&] { page.form_at(3); }).find("code") == std::string::npos);
    HOLDS(raised(SESSION_E_FORM, [&] { page.select("p").at(0).form(); }).find("code") == std::string::npos);
    HOLDS(has(raised(SESSION_E_SELECTOR, [&] { page.form("form["); }), "column"));
}

static void elements() {
    std::vector<Element> items;
    {
        const Html page("<ul id=u>\n<li class=a data-x>One <b>1</b><li><a href='/t?a&amp;b' rel=x>Two</a></ul>",
                        "http://h/d/");
        items = page.select("li");
        HOLDS(page.select_first("li") == items.at(0) && page.select_first("h1") == std::nullopt);
        HOLDS(has(raised(SESSION_E_SELECTOR, [&] { page.select_first("li["); }), "column 4"));
        HOLDS(has(raised(SESSION_E_SELECTOR, [&] { page.select("li["); }), "column 4"));
        HOLDS(page.resolve("../x") == "http://h/x" && has(page.html(), "<ul id=\"u\">"));
        HOLDS(page.select("b::text").at(0).text() == "1" && page.select("b::text").at(0).name().empty());
    }
    // The page is gone but for them.
    const Element one = items.at(0), &two = items.at(1);
    HOLDS(one.name() == "li" && one.text() == "One 1" && one.own_text() == "One " && two.full_text() == "Two");
    HOLDS(one.html() == "<li class=\"a\" data-x=\"\">One <b>1</b></li>" && one.inner_html() == "One <b>1</b>");
    HOLDS(one.attr("DATA-X") == "" && one.attr("data-y") == std::nullopt && one.line() == 2);
    const Element link = two.select("a").at(0);
    HOLDS((link.attrs() == std::vector<std::pair<std::string, std::string>>{{"href", "/t?a&b"}, {"rel", "x"}}));
    HOLDS(two.find("a::attr(href)").at(0) == "/t?a&b" && one.xpath("b").at(0) == "1" && two.select("b").empty());
    HOLDS(std::get<double>(one.xpath_value("count(b)")) == 1 && has(one.search("<b>{n:d}"), "\"n\":1"));
    HOLDS(one.next() == two && two.previous() == one && !one.previous() && one.parent()->attr("id") == "u");
    HOLDS(one.parent()->children() == items && one.node() != two.node());
    HOLDS(one.matches("li.a") && !two.matches("li.a"));
    HOLDS(has(raised(SESSION_E_SELECTOR, [&] { one.matches("li["); }), "column 4"));
}

static void cookies(const std::string &url) {
    Session session;
    Jar jar = session.jar();
    jar.set("127.0.0.1", "a", "1");
    jar.store(url, "b=2; Path=/; Max-Age=60");
    HOLDS(jar.header(url) == "a=1; b=2" && jar.get(url, "b") == "2" && jar.get(url, "c") == std::nullopt);
    const Response sent = session.get(url);
    HOLDS(has(sent.body(), "Cookie: a=1; b=2\r\n"));
    HOLDS(has(raised(SESSION_E_COOKIE_REFUSED, [&] { jar.store(url, "c=1; Domain=com"); }), "Domain"));
    HOLDS(has(raised(SESSION_E_COOKIE_REFUSED, [&] { jar.set("h", "c;d", "1"); }), "header"));
    const std::string file = "/tmp/htmlsession-corners-" + std::to_string(getpid()) + ".txt";
    jar.save(file);
    jar.clear();
    HOLDS(jar.header(url).empty());
    Jar other;
    other.load(file);
    std::remove(file.c_str());
    HOLDS(raised(SESSION_E_IO, [&] { other.load(file); }) != "");
    const Response shared = session.jar(other).get(url);
    HOLDS(has(shared.body(), "Cookie: a=1; b=2\r\n"));
}

static void pages() {
    const Html page("<title>t</title><h1>Prices</h1><p>Tea: 2 EUR</p><p>Milk: 10 EUR</p><a href=x>y</a>",
                    "http://h/d/");
    HOLDS(page.title() == "t" && page.next_url().empty());
    HOLDS(page.text() == "t\nPrices\nTea: 2 EUR\nMilk: 10 EUR\ny");
    HOLDS(page.links() == std::vector<std::string>{"http://h/d/x"} && page.find("h1").at(0) == "Prices");
    HOLDS(page.xpath("//a/@href").at(0) == "x" && page.xpath("//p").size() == 2 && page.xpath("//none").empty());
    HOLDS(page.xpath("string(//h1)") == std::vector<std::string>{"Prices"});
    HOLDS(page.xpath("count(//p)").at(0) == "2" && page.xpath("boolean(//h2)").at(0) == "false");
    HOLDS(page.xpath("string(//none)") == std::vector<std::string>{""});
    HOLDS(std::get<double>(page.xpath_value("count(//p)")) == 2);
    HOLDS(!std::get<bool>(page.xpath_value("boolean(//h2)")));
    HOLDS(std::get<std::string>(page.xpath_value("//p")) == "Tea: 2 EUR");
    HOLDS(has(raised(SESSION_E_XPATH, [&] { page.xpath("//p["); }), "column 5"));
    HOLDS(has(page.search("{what:w}: {:d} EUR"), "\"Milk\""));
    HOLDS(!has(page.search("{what:w}: {:d} EUR", 0), "Milk"));
    HOLDS(has(raised(SESSION_E_TEMPLATE, [&] { page.search("{:?}"); }), "column 3"));
    HOLDS(page.extract("{\"head\": \"h1\"}") == "{\"head\":\"Prices\"}");
    HOLDS(has(raised(SESSION_E_SPEC, [&] { page.extract("{\"a\": 1}"); }), "field \"a\""));
}

int main(int, char **arguments) {
    lends();
    moves(arguments[1]);
    forks();
    errors();
    {
        const Echo echo;
        chains(echo.url);
        adopts(echo.url);
        settings(echo.url);
        bodies(echo.url);
        ways(echo.url);
        forms(echo.url);
        cookies(echo.url);
    }
    pages();
    elements();
    std::cout << "good\n";
}
