// Logs in, reads three pages of a list, then fetches its items at once on poll().
//
//     c++ -std=c++17 -I../../include example.cpp -lhtmlsession && ./a.out http://127.0.0.1:8080

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <map>
#include <poll.h>
#include <system_error>

#include "htmlsession.hpp"

using namespace htmlsession;

static std::string path(std::string_view url, const std::string &base) {
    return std::string(url.substr(base.size()));
}

static std::vector<std::string> pages(const Session &session, const std::string &base) {
    auto login = session.get(base + "/login").check().html();
    auto token = login.find("input[name=token]::attr(value)").at(0);
    Request post("POST", base + "/login");
    post.field("user", "ada").field("password", "böse & gut").field("token", token);
    auto response = session.send(post).check();
    std::cout << response.status() << ' ' << path(response.url(), base) << " after "
              << response.redirects() << " redirect\n";
    std::vector<std::string> items;
    for (;;) {
        auto page = response.html();
        std::cout << page.title() << ':';
        const char *between = " ";
        for (const auto &text : page.find("li.item")) {
            std::cout << between << text;
            between = ", ";
        }
        std::cout << '\n';
        for (auto &link : page.links())
            if (link.find("/item/") != std::string::npos) items.push_back(std::move(link));
        auto next = page.next_url();
        if (next.empty()) return items;
        response = session.get(next).check();
    }
}

// Everything at once; poll() says when there is something to do.
static std::map<std::string, std::string> titles(const Session &session, const std::vector<std::string> &links) {
    std::map<uint64_t, std::string> names;
    for (const auto &link : links) names[session.submit(Request("GET", link))] = link;
    std::map<std::string, std::string> titles;
    pollfd watched{session.fd(), POLLIN, 0};
    while (session.outstanding() > 0) {
        if (poll(&watched, 1, -1) < 0 && errno != EINTR)
            throw std::system_error(errno, std::generic_category(), "poll");
        while (auto response = session.next())
            titles[names[response->id()]] = response->check().html().title();
    }
    return titles;
}

int main(int argc, char **argv) try {
    const std::string base = argc > 1 ? argv[1] : "http://127.0.0.1:8080";
    const Session session;
    for (const auto &[link, title] : titles(session, pages(session, base)))
        std::cout << path(link, base) << " is " << title << '\n';
    auto lines = session.send(Request("GET", base + "/lines/0").streamed());
    const char *between = "streamed: ";
    while (auto line = lines.read_line()) {
        std::cout << between << *line;
        between = ", ";
    }
    std::cout << '\n';
    try {
        session.get(base + "/list/1").html().find("li[");
    } catch (const Error &error) {
        std::cout << "selector: code " << error.code() << '\n';
    }
    try {
        session.get("http://127.0.0.1:1/").check();
    } catch (const Error &error) {
        std::cout << "refused: code " << error.code() << '\n';
    }
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
