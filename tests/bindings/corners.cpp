// Corners of the C++ binding: what cannot be made says why.
#include <htmlsession.hpp>

#include <iostream>

int main() {
    try {
        htmlsession::Html page("<p>", "not a url");
    } catch (const htmlsession::Error &error) {
        if (error.code() != SESSION_E_URL) return 1;
        if (error.what() != std::string("relative URL without a base: not a url")) return 2;
    }
    if (htmlsession::Html("<title>t</title>", "http://h/").title() != "t") return 3;
    std::cout << "good\n";
}
