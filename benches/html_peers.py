"""The Python side of benches/html.rs: parses the same pages when told to.

Reads commands from stdin, one a line: "load PATH", "run NAME" and "rss NAME"; answers one line
each. "run" answers with nanoseconds of CPU time for one pass over all pages, "rss" with the KiB
that keeping all of them parsed adds. A parser that is not installed answers "absent".
"""

import os
import resource
import sys
import time

PAGES = []


def parsers():
    found = {}
    try:
        from selectolax.lexbor import LexborHTMLParser

        found["selectolax"] = LexborHTMLParser
    except ImportError:
        pass
    try:
        import lxml.html

        found["lxml"] = lxml.html.document_fromstring
    except ImportError:
        pass
    try:
        from requests_html import HTML

        def requests_html(page):
            html = HTML(html=page)
            html.pq, html.lxml  # it parses only when asked
            return html

        found["requests-html"] = requests_html
    except ImportError:
        pass
    return found


def rss():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 1024


def main():
    found = parsers()
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        if command == "load":
            with open(argument, "rb") as file:
                PAGES.append(file.read())
            continue
        parse = found.get(argument)
        if parse is None:
            print("absent", flush=True)
        elif command == "run":
            start = time.process_time_ns()
            for page in PAGES:
                parse(page)
            print(time.process_time_ns() - start, flush=True)
        elif command == "rss":
            before = rss()
            kept = [parse(page) for page in PAGES]
            print(rss() - before, len(kept) and "", flush=True)


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    main()
