// Corners of the C++ binding: what its settings send, what is lent, and what errors say.
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

#define HOLDS(condition)                                                                                     \
    if (!(condition)) fail(#condition, __LINE__)

[[noreturn]] static void fail(const char *what, int line) {
    std::cerr << line << ": " << what << '\n';
    std::exit(1);
}

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

static bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// A server that answers with what it was asked. To "/broken" it promises more, to "/silent" it says
// nothing until the client has gone.
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
        for (int client; (client = accept(listener_, nullptr, nullptr)) >= 0; close(client)) {
            std::string seen;
            char piece[4096];
            for (ssize_t count; !whole(seen) && (count = recv(client, piece, sizeof piece, 0)) > 0;)
                seen.append(piece, static_cast<size_t>(count));
            if (has(seen, " /silent")) {
                while (recv(client, piece, sizeof piece, 0) > 0) {}
                continue;
            }
            const std::string body = "<title>" + seen;
            const size_t length = body.size() + (has(seen, " /broken") ? 1 : 0);
            const std::string answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nX-A: 1\r\nx-a: 2\r\n"
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
    LENT(header("X"))
    LENT(headers())
    static_assert(!std::is_copy_constructible_v<Response> && !std::is_copy_constructible_v<Session>);
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
    SETTING(proxy(""))
    SETTING(verify(true))
    CHAINED(Request, add_param("p", "1"))
    CHAINED(Request, field("f", "1"))
    CHAINED(Request, body("b", "x/y"))
    CHAINED(Request, json("1"))
    CHAINED(Request, streamed())
    CHAINED(Request, output_file("f"))
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
    HOLDS(response.body().empty() && response.text().empty() && response.url().empty());
    HOLDS(response.error_message().empty() && response.headers().empty() && !response.header("X-Utf8"));
    char byte;
    for (const std::string &said : {
             raised(SESSION_E_NULL, [&] { response.check(); }),
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
    HOLDS(has(broken.partial_html().title(), "GET /broken HTTP/1.1"));
    // And why there is no page has a message.
    const Response streamed = session.send(Request("GET", url).streamed());
    HOLDS(has(raised(SESSION_E_STATE, [&] { streamed.html(); }), "stream"));
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
        cookies(echo.url);
    }
    pages();
    std::cout << "good\n";
}
