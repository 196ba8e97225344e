// What the tests of the C++ binding share.
#pragma once

#include <cstdlib>
#include <iostream>
#include <string_view>

#define HOLDS(condition)                                                                                     \
    if (!(condition)) fail(#condition, __LINE__)

[[noreturn]] static void fail(const char *what, int line) {
    std::cerr << line << ": " << what << '\n';
    std::exit(1);
}

static bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}
