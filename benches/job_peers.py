"""The Python side of benches/job.rs: `job_peers.py NAME BASE COUNT` gets BASE0, BASE1, ... and takes
each page's absolute links and title.

For each line of stdin it makes one pass and answers with how much was found, and with the
nanoseconds of CPU time.
"""

import sys
import time


def requests_lxml():
    import lxml.html
    import requests

    session = requests.Session()

    def page(url):
        document = lxml.html.document_fromstring(session.get(url).content, base_url=url)
        document.make_links_absolute()
        links = [link.get("href") for link in document.iterfind(".//a[@href]")]
        return len(links) + bool(document.findtext(".//title"))

    return page


def requests_html():
    from requests_html import HTMLSession

    session = HTMLSession()

    def page(url):
        html = session.get(url).html
        title = html.find("title", first=True)
        return len(html.absolute_links) + bool(title and title.text)

    return page


def main():
    name, base, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    page = {"requests + lxml": requests_lxml, "requests-html": requests_html}[name]()
    for _ in sys.stdin:
        start = time.process_time_ns()
        found = sum(page(f"{base}{number}") for number in range(count))
        print(found, time.process_time_ns() - start, flush=True)


main()
