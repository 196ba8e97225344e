// Corners of the C++ binding: what its settings send, what is lent, and what errors say.
#include <htmlsession.hpp>

#include <arpa/inet.h>
#include <cstdio>
#include <iostream>
#include <sys/socket.h>
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
}

static void errors() {
    HOLDS(raised(SESSION_E_URL, [] { Html("<p>", "not a url"); }) == "relative URL without a base: not a url");
    Session session;
    Request request("GET", "http://h/");
    HOLDS(raised(SESSION_E_HEADER, [&] { request.header("a b", "c"); }) == "header \"a b\": invalid header");
    HOLDS(raised(SESSION_E_HEADER, [&] { session.header("X", "a\nb"); }) == "header \"X\": invalid header");
    HOLDS(raised(SESSION_E_UTF8, [&] { request.field("\xff", ""); }) == "field \"\xff\": text is not valid UTF-8");
    HOLDS(raised(SESSION_E_ARGUMENT, [&] { session.proxy({"\0", 1}); }) == "NUL in a text");
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
    const Response gone = session.delete_(url);
    HOLDS(has(gone.body(), "DELETE / HTTP/1.1\r\n"));
    const Response json = session.send(Request("PROPFIND", url).json("{\"a\":1}"));
    HOLDS(has(json.body(), "PROPFIND / HTTP/1.1\r\n") && has(json.body(), "application/json\r\n"));
    HOLDS(has(json.json(), "\r\n\r\n{\"a\":1}"));

    // A page that broke off is an error unless one asks for its part.
    const Response broken = session.get(url + "/broken");
    HOLDS(broken.error() == SESSION_E_TRUNCATED);
    HOLDS(raised(SESSION_E_TRUNCATED, [&] { broken.html(); }) == broken.error_message());
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
    errors();
    {
        const Echo echo;
        settings(echo.url);
        bodies(echo.url);
        cookies(echo.url);
    }
    pages();
    std::cout << "good\n";
}
