// What the C++ binding lets the library call: readers of bodies and logs; and walks through pages.
#include "support.hpp"
#include <htmlsession.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <mutex>

using namespace htmlsession;

struct Own : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Whether a call throws what a function of this program threw.
template <typename Call> bool throws_own(Call call) {
    try {
        call();
    } catch (const Own &) {
        return true;
    }
    return false;
}

template <typename Call> int code_of(Call call) {
    try {
        call();
    } catch (const Error &error) {
        return error.code();
    }
    return SESSION_OK;
}

// Gives a text in pieces, and counts how often it was started anew and how many of it there are.
struct Pieces {
    explicit Pieces(std::string all) : text(std::move(all)) { ++alive; }
    ~Pieces() { --alive; }
    Pieces(const Pieces &) = delete;
    Pieces &operator=(const Pieces &) = delete;
    size_t read(char *into, size_t room) {
        const size_t count = std::min({room, size_t{3}, text.size() - at});
        std::memcpy(into, text.data() + at, count);
        at += count;
        return count;
    }
    static inline int alive = 0;
    std::string text;
    size_t at = 0;
    int rewound = 0;
};

static Request post(const std::string &url) { return Request("POST", url); }

static void bodies(const std::string &base) {
    const Session session;
    {
        auto pieces = std::make_shared<Pieces>("in pieces");
        const auto read = [pieces](char *into, size_t room) { return pieces->read(into, room); };
        const auto rewind = [pieces] { pieces->at = 0, ++pieces->rewound; };
        Request request = post(base + "/echo").body_reader(read, 9, "x/y", rewind);
        for (int time = 0; time < 2; ++time) {
            const Response sent = session.send(request);
            HOLDS(has(sent.body(), "content-length: 9\n") && has(sent.body(), "content-type: x/y\n"));
            HOLDS(has(sent.body(), "\n\nin pieces"));
        }
        HOLDS(pieces->rewound == 1);
        // Without a length in chunks; a redirect sends the body again.
        pieces->at = 0;
        const Response again =
            session.send(post(base + "/moved").body_reader(read, std::nullopt, {}, rewind));
        HOLDS(again.status() == 200 && has(again.body(), "transfer-encoding: chunked\n"));
        HOLDS(has(again.body(), "POST /echo\n") && has(again.body(), "\n\nin pieces") && pieces->rewound == 2);
        pieces->at = 0;
        HOLDS(session.send(post(base + "/moved").body_reader(read)).error() == SESSION_E_REWIND);
        pieces->at = 0;
        HOLDS(session.send(post(base + "/echo").body_reader(read, 10)).error() == SESSION_E_BODY);
    }
    HOLDS(Pieces::alive == 0);

    const auto throwing = [](char *, size_t) -> size_t { throw Own("reader"); };
    Request wrong = post(base + "/echo").body_reader(throwing, 5, {}, [] {});
    const Response failed = session.send(wrong);
    HOLDS(failed.error() == SESSION_E_CALLBACK);
    HOLDS(throws_own([&] { failed.check(); }) && throws_own([&] { failed.body(); }));
    HOLDS(throws_own([&] { failed.check_status(); }) && throws_own([&] { session.send(wrong).check(); }));
    const uint64_t id = session.submit(wrong, &wrong);
    const std::optional<Response> fetched = session.next(-1);
    HOLDS(fetched && fetched->id() == id && fetched->userdata() == &wrong);
    HOLDS(throws_own([&] { fetched->check(); }) && session.get(base + "/").ok());
    const auto no_way_back = [] { throw Own("rewind"); };
    const auto one = [](char *into, size_t) { return *into = 'x', size_t{1}; };
    const Response moved = session.send(post(base + "/moved").body_reader(one, 1, {}, no_way_back));
    HOLDS(moved.error() == SESSION_E_REWIND && throws_own([&] { moved.check(); }));
    const auto liar = [](char *, size_t room) { return room + 1; };
    try {
        session.send(post(base + "/echo").body_reader(liar)).check();
        HOLDS(false);
    } catch (const std::length_error &) {
    }
    HOLDS(code_of([&] { post(base).body_reader(nullptr); }) == SESSION_E_ARGUMENT);
    HOLDS(code_of([&] { post(base).body_reader(one, -1); }) == SESSION_E_ARGUMENT);
    HOLDS(code_of([&] { post(base).body_reader(one, 1, std::string(1, '\0')); }) == SESSION_E_ARGUMENT);

    // A request may go before its response comes.
    {
        auto pieces = std::make_shared<Pieces>("gone");
        session.submit(post(base + "/echo").body_reader(
            [pieces](char *into, size_t room) { return pieces->read(into, room); }));
    }
    const std::optional<Response> late = session.next(-1);
    HOLDS(late && has(late->body(), "\n\ngone"));
}

static void logs(const std::string &base) {
    std::mutex mutex;
    std::vector<std::string> lines;
    Session session;
    const auto tell = [&](session_log level, uint64_t request, std::string_view event, std::string_view text) {
        const std::lock_guard<std::mutex> lock(mutex);
        HOLDS(request > 0 && !text.empty() && level <= SESSION_LOG_DEBUG);
        lines.emplace_back(event);
    };
    session.log(SESSION_LOG_DEBUG, tell).get(base + "/");
    HOLDS(lines.size() >= 2 && lines.front() == "request");
    lines.clear();
    session.log(SESSION_LOG_ERROR, tell).get(base + "/");
    HOLDS(lines.empty());
    session.log(SESSION_LOG_DEBUG, [](auto...) { throw Own("log"); });
    HOLDS(throws_own([&] { session.get(base + "/"); }));
    HOLDS(throws_own([&] { session.send(Request("GET", base + "/")); }));
    session.submit(Request("GET", base + "/"));
    HOLDS(throws_own([&] { session.next(-1); }));
    HOLDS(throws_own([&] { session.pages(Request("GET", base + "/walk/1")).next(); }));
    session.log(SESSION_LOG_DEBUG, nullptr);
    while (session.outstanding() > 0) session.next(-1);
    HOLDS(session.get(base + "/").ok() && lines.empty());
}

static void walks(const std::string &base) {
    const Session session;
    std::string titles;
    for (const Response &page : session.pages(Request("GET", base + "/walk/1"))) titles += page.html().title();
    HOLDS(titles == "Page 1Page 2Page 3Page 4");
    titles.clear();
    for (Response &page : session.pages(Request("GET", base + "/walk/1"), 3)) {
        titles += page.html().title();
        if (titles.size() > 6) break;
    }
    HOLDS(titles == "Page 1Page 2");
    Pages rest = session.pages(Request("GET", base + "/walk/1"), 3);
    HOLDS(rest.next());
    size_t count = 0;
    for (const Response &page : rest) count += page.ok();
    HOLDS(count == 2 && !rest.next());
    // The words by which the way on is known, without a declared one.
    Pages further = session.pages(Request("GET", base + "/further/1")).words({"ahead"});
    HOLDS(further.next() && further.next()->url() == base + "/further/2");
    Pages declared = session.pages(Request("GET", base + "/further/1")).words({});
    HOLDS(declared.next() && !declared.next());
    HOLDS(code_of([&] { further.words({std::string(1, '\0')}); }) == SESSION_E_ARGUMENT);

    auto failed = session.pages(Request("GET", "http://127.0.0.1:1/"));
    HOLDS(failed.next()->error() == SESSION_E_CONNECT && !failed.next());
    const auto throwing = [](char *, size_t) -> size_t { throw Own("reader"); };
    auto reader = session.pages(post(base + "/echo").body_reader(throwing));
    const std::optional<Response> thrown = reader.next();
    HOLDS(thrown && throws_own([&] { thrown->check(); }));
    Session gone;
    auto left = gone.pages(Request("GET", base + "/walk/1"));
    HOLDS(left.next()->ok());
    gone = Session();
    HOLDS(left.next()->error() == SESSION_E_CLOSED);
    const Session taken = std::move(gone);
    HOLDS(code_of([&] { gone.pages(Request("GET", base)); }) == SESSION_E_NULL);
}

int main(int, char **arguments) {
    bodies(arguments[1]);
    logs(arguments[1]);
    walks(arguments[1]);
    std::cout << "good\n";
}
