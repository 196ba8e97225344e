# frozen_string_literal: true

# Corners of the Ruby binding: all that reaches the library, encodings, wrong arguments, the end.

require_relative "support"
require "pathname"
require "rbconfig"
require "tmpdir"
require "uri"

# Threads that wait in the library when the program ends do not hold it up.
def daemons
  session = HTMLSession::Session.new
  Thread.new { session.get("#{BASE}/hang") }
  Thread.new { session.next(nil) if session.submit(HTMLSession::Request.new("GET", "#{BASE}/hang")) }
  Thread.new { session.get("#{BASE}/tail", stream: true).each_line { |_| nil } }
  sleep 0.3
  puts "end"
end

def closed(session)
  response = session.get("#{BASE}/")
  request = HTMLSession::Request.new("GET", "#{BASE}/")
  page = response.html
  [response, request, page].each { |thing| 2.times { thing.close } }
  same(raises(IOError) { response.status }.message, "HTMLSession::Response is closed")
  raises(IOError) { page.find("p") }
  raises(IOError) { session.submit(request) }
  session.get("#{BASE}/") { |other| response = other }
  raises(IOError) { response.status }

  descriptor = session.to_io
  same(session.to_io.equal?(descriptor), true)
  # The object closes, the descriptor is the session's to close.
  number = descriptor.fileno
  descriptor.close
  same(IO.for_fd(number, autoclose: false).closed?, false)
  session.close
  raises(IOError) { descriptor.fileno }
  [-> { session.to_io }, -> { session.outstanding }, -> { session.next }, -> { session.get(BASE) }].each do |call|
    same(raises(IOError, &call).message, "HTMLSession::Session is closed")
  end
end

def arguments(session)
  same(raises(TypeError) { session.submit("http://h/") }.message, "String instead of a Request")
  raises(TypeError) { session.perform(session) }
  raises(TypeError) { session.jar = session }
  raises(TypeError) { session.dup }
  raises(TypeError) { session.get("#{BASE}/").clone }
  page = session.get("#{BASE}/page").html
  [session, session.jar, page].each { |handle| raises(TypeError) { Marshal.dump(handle) } }
  [nil, 1, "false"].each { |value| raises(TypeError) { session.set(verify: value) } }
  ["u:p", ["u"], %w[u p q], { "u" => "p" }].each { |value| raises(TypeError) { session.set(auth: value) } }
  [:body, 12, false, ["a"]].each { |body| raises(TypeError) { session.post("#{BASE}/echo", body: body) } }
  raises(TypeError) { session.set(timeout: "5") }
  raises(TypeError) { HTMLSession::Jar.new("x") }
  raises(TypeError) { HTMLSession::Response.new("x", session) }
  # More than C can count is as good as for ever.
  [1e30, 2**62, Rational(2**70)].each { |time| session.set(timeout: time, refresh: time, retry: [1, time]) }
  session.set(timeout: 300, refresh: nil)
  session.jar.set("far", "", "127.0.0.1", expires: Time.at(2**62))
  [nil, 5, Pathname("x"), [BASE]].each do |url|
    same(raises(TypeError) { session.get(url) }.message, "#{url.class} instead of a URL")
    raises(TypeError) { session.request(url, BASE) }
  end
  same(session.request(:get.upcase, URI("#{BASE}/")).status, 200)
  { %w[a:b c] => "colon", %W[a\n c] => "name", %W[a \1] => "password" }.each do |auth, reason|
    error = raises(ArgumentError) { HTMLSession::Session.new(auth: auth) }
    same([error.message[/\w+: /], error.message[reason]], ["auth: ", reason])
  end
  same(raises(ArgumentError) { session.set(digest: ["a\1", ""]) }.message[/\w+: /], "digest: ")
  %i[digest retry max_redirects max_body refresh].each do |option|
    same(raises(TypeError) { session.set(option => "x") }.message[/\w+: /], "#{option}: ")
  end
  [[:max_redirects, -1], [:max_redirects, 2**32], [:max_body, -1], [:retry, -1]].each do |option, value|
    raises(ArgumentError) { session.set(option => value) }
  end
  same(raises(HTMLSession::Error) { session.set(retry: 0) }.code, 2)
  %i[trust_env hsts public_only].each { |option| raises(TypeError) { session.set(option => nil) } }
  raises(ArgumentError) { session.get(BASE, ca_file: "x") }
  raises(ArgumentError) { session.set(files: {}) }
  raises(TypeError) { session.set(client_cert: %w[a b c d]) }
  [5, {}, { name: "a" }, { name: "a", content: 5 }, { path: "a", content: "" }, { path: nil }].each do |file|
    raises(TypeError) { session.post(BASE, files: { f: file }) }
  end
  [-1, 2**64].each { |id| raises(ArgumentError) { session.cancel(id) } }
  raises(TypeError) { session.cancel(nil) }
  inspected(session)
  [-1, -Float::INFINITY, Float::NAN].each { |time| raises(ArgumentError) { session.set(timeout: time) } }
  response = session.get("#{BASE}/")
  [0, -1, nil, 1.5].each { |size| raises(ArgumentError) { response.each_chunk(size) } }
  raises(JSON::ParserError) { session.get("#{BASE}/page").json }
  raises(ArgumentError) { session.get(BASE, colour: 1) }
  raises(ArgumentError) { session.set(headers: { "X" => %w[1 2] }) }
  raises(ArgumentError) { session.get("#{BASE}/\0") }
  error = raises(HTMLSession::RequestError) { session.get(BASE, headers: { "X A" => 1 }) }
  same(error.message, "header \"X A\": invalid header")
  error = raises(HTMLSession::RequestError) { session.get(BASE, headers: { "é A".encode("UTF-16LE") => 1 }) }
  same(error.message, "header \"é A\": invalid header")
  same(raises(HTMLSession::Error) { session.set(headers: { "\xFF" => 1 }) }.message[/.*":/], "header \"\uFFFD\":")
  same(raises(HTMLSession::Error) { session.post(BASE, fields: { a: nil }) }.code, 1)
  same(raises(HTMLSession::RequestError) { session.set(proxy: "what://") }.message[/\A\w+: /], "proxy: ")
end

# What is inspected ends in logs: no secrets, and little.
def inspected(session)
  session.set(auth: %w[user secret], headers: { "X-A" => "secret" })
  same(session.inspect, "#<HTMLSession::Session>")
  same(session.jar.inspect, "#<HTMLSession::Jar>")
  response = session.get("#{BASE}/?key=secret")
  same(response.inspect, "#<HTMLSession::Response 200 #{BASE}/>")
  response.close
  same(response.inspect, "#<HTMLSession::Response closed>")
  same(HTMLSession::Request.new("GET", "http://secret/").inspect, "#<HTMLSession::Request>")
  session.set(auth: nil)
end

# In a child process a session is its parent's.
def forked(session)
  calls = [-> { session.jar }, -> { session.to_io }, -> { session.get("#{BASE}/") }]
  child = fork { exit!(calls.all? { |call| raises(HTMLSession::Error, &call).code == 6 }) }
  Process.wait(child)
  same($?.success?, true)
end

def errors(session)
  refused = session.get("http://127.0.0.1:1/")
  same(raises(HTMLSession::ConnectionError) { refused.check }.code, 201)
  same(raises(HTMLSession::ConnectionError) { refused.html }.code, 201)
  cut = session.get("#{BASE}/short")
  %i[html body text json to_s].each do |reader|
    same(raises(HTMLSession::ResponseError) { cut.public_send(reader) }.code, 401)
    same(raises(HTMLSession::ConnectionError) { refused.public_send(reader) }.code, 201)
  end
  same([cut.status, cut.error.class, cut.error.code], [200, HTMLSession::ResponseError, 401])
  same([cut.partial_body, cut.partial_body.encoding], ["<title>Cut</title>", Encoding::BINARY])
  same([refused.status, refused.partial_body, refused.headers, refused.ok?], [0, "", [], false])
  same(cut.html(check: false).title, "Cut")
  # What came of a number is another number.
  served(answer("12", "Content-Length: 5")) do |url, _|
    response = session.get(url)
    raises(HTMLSession::ResponseError) { response.json }
    same(response.partial_body, "12")
  end
  same(raises(HTMLSession::Error) { session.get("#{BASE}/", output_file: "/none/x") }.code, 10)
  Dir.mktmpdir do |folder|
    raises(HTMLSession::ResponseError) { session.get("#{BASE}/short", output_file: "#{folder}/x") }
    same(session.get("#{BASE}/none", output_file: "#{folder}/x").status, 404)
    same(Dir.children(folder), [])
    # One that was submitted has its error in the response.
    session.submit(HTMLSession::Request.new("GET", "#{BASE}/short", output_file: "#{folder}/x"))
    same(session.next(nil).error.code, 401)
  end
  missing = session.get("#{BASE}/none").check
  same([missing.status, missing.reason, missing.ok?, missing.error], [404, "Not Found", false, nil])
  same(raises(HTMLSession::ResponseError) { missing.check_status }.code, 408)
  session.get("#{BASE}/tail", stream: true) do |stream|
    %i[html body text json].each do |reader|
      error = raises(HTMLSession::Error) { stream.public_send(reader) }
      same([error.code, error.message], [4, "a streamed response is read with each_chunk or each_line"])
    end
    raises(HTMLSession::Error) { stream.html(check: false) }
    same([stream.status, stream.error], [200, nil])
  end
  raises(HTMLSession::Timeout) { session.get("#{BASE}/hang", timeout: 0.1).check }
  same("ü: #{raises(HTMLSession::RequestError) { session.get('http://ü ü/').check }.message}"[/ü ü/], "ü ü")
end

def requests(session)
  same(echo(session, headers: { "User-Agent" => nil })[0].grep(/\Auser-agent/), [])
  same(echo(session, headers: [["X", 1], [:X, "é"]])[0].grep(/\Ax:/), ["x: 1", "x: é"])
  same(echo(session, headers: [["X-A", 1], ["x-a", 2]])[0].grep(/\Ax-a:/), ["x-a: 1", "x-a: 2"])
  same(echo(session, timeout: Float::INFINITY)[2], "/echo")
  same(echo(session, params: { a: [1, "é".encode("ISO-8859-1")], b: :x })[2], "/echo?a=1&a=%C3%A9&b=x")
  same(echo(session, "POST", fields: [["a", 1], [:b, "é".b], ["a", 2.5]])[1], "a=1&b=%C3%A9&a=2.5")
  headers, body = echo(session, "PUT", body: "\0\1".b, content_type: "a/b")
  same([body, headers.grep(/\Acontent-type/)], ["\0\1", ["content-type: a/b"]])
  headers, body = echo(session, "PATCH", json: { "é" => [1, nil] })
  same([body, headers.grep(/\Acontent-type/)], ['{"é":[1,null]}', ["content-type: application/json"]])
  same(echo(session, cookies: { a: 1 })[0].grep(/\Acookie/), ["cookie: a=1"])
  same(echo(session, auth: %w[u p])[0].grep(/\Aauth/), ["authorization: Basic dTpw"])
  same(echo(session, bearer: "t")[0].grep(/\Aauth/), ["authorization: Bearer t"])
  Dir.mktmpdir do |folder|
    session.get("#{BASE}/", output_file: Pathname(folder) + "é").check
    File.open("#{folder}/file", "w") { |file| session.get("#{BASE}/", output_file: file).check }
    same(%w[é file].map { |name| File.read("#{folder}/#{name}") }, %w[12345 12345])
  end

  none = { json: nil, params: nil, headers: nil, cookies: nil, fields: nil, files: nil, body: nil }
  same(echo(session, "POST", **none)[1..], ["", "/echo"])
  uploaded(session)

  session.set(headers: { "X-S" => "s", "Accept" => nil }, bearer: "t", params: { q: 1 }, timeout: 20, read_timeout: nil,
              verify: false)
  headers, _, target = echo(session)
  same([headers.grep(/\A(x-s|auth|accept):/), target], [["x-s: s"], "/echo?q=1"])
  same(headers.grep(/\Aauth/), ["authorization: Bearer t"])
  same(echo(session, headers: { "X-S" => "r" })[0].grep(/\Ax-s/), ["x-s: r"])
  session.set(auth: nil, params: { q: nil })
  same(echo(session)[0].grep(/\Aauth/), [])
  HTMLSession.open(proxy: BASE, base_url: "http://far.test") do |far|
    same(far.get("/echo").text.lines.first, "GET http://far.test/echo\n")
  end
end

def uploaded(session)
  Dir.mktmpdir do |folder|
    path = Pathname(folder) + "é.txt"
    path.write("file")
    files = { p: path, q: { name: "n", content: "\0\1".b }, s: File.new(path),
              r: [path.to_s, { name: "m", content: "é", content_type: "text/plain" }],
              u: { path: path, content_type: "a/b" } }
    sent = echo(session, "POST", fields: { a: 1 }, files: files)[1]
    parts = sent.scan(/name="(.*?)"(?:; filename="(.*)")?\r\n(?:Content-Type: (.*)\r\n)?\r\n(.*)\r/)
    bytes = "application/octet-stream"
    same(parts, [["a", nil, nil, "1"], ["p", "é.txt", bytes, "file"], ["q", "n", bytes, "\0\1"],
                 ["s", "é.txt", bytes, "file"], ["r", "é.txt", bytes, "file"],
                 ["r", "m", "text/plain", "é"], ["u", "é.txt", "a/b", "file"]])
  end
end

def hops(session, moved)
  served(moved, answer("here")) do |url, _|
    response = session.get(url)
    same([response.status, response.text, response.redirects, response.request_method], [200, "here", 1, "GET"])
    same(response.elapsed.between?(1e-6, 5), true)
    hop, *more = response.history
    same([hop.status, hop.url, hop.body, hop.header("location"), hop.ok?], [302, url, "gone", "/b?secret", true])
    same([hop.text, hop.error, hop.check.equal?(hop), hop.elapsed.positive?, more], ["gone", nil, true, true, []])
    same(hop.inspect, "#<HTMLSession::Hop 302 #{url}>")
    response.close
    same(hop.inspect, "#<HTMLSession::Hop closed>")
    raises(IOError) { hop.status }
  end
  served(moved, moved, answer("")) do |url, asked|
    same([session.get(url, max_redirects: 0).status, asked.size], [302, 1])
    same(session.get("#{url}?secret").inspect, "#<HTMLSession::Response 200 #{url}b>")
  end
end

def options(session)
  hops(session, answer("gone", "Location: /b?secret", status: "302 Found"))
  busy = answer("", status: "503 Busy")
  served(busy, answer("good")) { |url, asked| same([session.get(url, retry: [2, 0]).text, asked.size], ["good", 2]) }
  served(busy, busy, answer("")) do |url, asked|
    HTMLSession.open(retry: 2) { |other| same([other.get(url).status, asked.size], [503, 2]) }
  end
  challenge = answer("", 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"', status: "401 No")
  served(challenge, answer("in")) do |url, asked|
    same(session.get(url, digest: %w[u p]).text, "in")
    same(asked[1][/^authorization: Digest .*?username="(.*?)"/i, 1], "u")
  end
  same(raises(HTMLSession::ResponseError) { session.get("#{BASE}/", max_body: 4).body }.code, 404)
  same(session.get("#{BASE}/", max_body: 5).body, "12345")
  served(answer("", "Refresh: 0; url=/b"), answer("next")) { |url, _| same(session.get(url, refresh: 1).text, "next") }
  served(answer("", "Refresh: 0; url=/b")) { |url, _| same(session.get(url, refresh: nil).text, "") }
  connections(session)
end

def connections(session)
  Dir.mktmpdir do |folder|
    netrc = Pathname(folder) + "netrc"
    netrc.write("machine 127.0.0.1 login u password p")
    HTMLSession.open(netrc: netrc, browser: "firefox", trust_env: false, hsts: false) do |other|
      sent = echo(other)[0].join("\n")
      same([sent[/^authorization: (.*)/, 1], sent["Firefox/"]], ["Basic dTpw", "Firefox/"])
    end
    HTMLSession.open(public_only: true) { |other| same(other.get(BASE).error.code, 107) }
    HTMLSession.open(unix_socket: "#{folder}/none") do |other|
      raises(HTMLSession::ConnectionError) { other.get(BASE).text }
    end
  end
  { { ca_file: "/none/ca" } => 226, { client_cert: "/none/cert" } => 224 }.each do |option, code|
    served(answer("")) do |url, _|
      HTMLSession.open(**option) { |other| same(other.get(url.sub("http:", "https:")).error.code, code) }
    end
  end
  session.set(client_cert: %w[/none/cert /none/key pass], pinned_key: "sha256//#{'A' * 43}=")
  session.set(client_cert: nil, pinned_key: nil, ca_file: nil)
  raises(HTMLSession::Timeout) { session.get("#{BASE}/hang", read_timeout: 0.1).text }
  same(session.get("#{BASE}/slow", connect_timeout: 5).status, 200)
end

def versions
  same(loaded("/none.so")[/HTMLSESSION_LIB names the file/], "HTMLSESSION_LIB names the file")
  same(loaded(ENV.fetch("HTMLSESSION_LIB", "")), "")
  root = File.expand_path("../..", __dir__)
  cargo = File.read("#{root}/Cargo.toml")[/^version = "(.*)"/, 1]
  same([HTMLSession::VERSION, HTMLSession.version], [cargo, cargo])
  gem = Gem::Specification.load("#{root}/bindings/ruby/htmlsession.gemspec")
  same([gem.name, gem.version.to_s], ["htmlsession", cargo])
  same(gem.files.grep(/\Alib/).sort, Dir["lib/**/*.rb", base: "#{root}/bindings/ruby"].sort)
end

# A program that loads the library, wherever it is said to be.
def loaded(file)
  command = [RbConfig.ruby, *$LOAD_PATH.map { |path| "-I#{path}" }, "-e", 'require "htmlsession"']
  IO.popen({ "HTMLSESSION_LIB" => file }, command, err: %i[child out], &:read)
end

def responses(session)
  response = session.get("#{BASE}/json")
  same(response.json, { "n" => [1, "é"] })
  same(response.headers.select { |name, _| name == "X-A" }, [%w[X-A 1], %w[X-A 2]])
  same([response.header("x-a"), response.header("X-B"), response.reason], ["1", nil, "OK"])
  response = session.get("#{BASE}/")
  same(response.header("X-Utf8"), "é")
  same(response.header("X-Latin1").encoding, Encoding::BINARY)
  same(response.header("X-Latin1"), "\xE9".b)
  same([response.body, response.text], %w[12345 12345])
  same(response.each_chunk(2).to_a, %w[12 34 5])
  served(answer("é\nb")) do |url, _|
    same(session.get(url).each_line.map { |line| [line, line.encoding] },
         [["é".b, Encoding::BINARY], ["b", Encoding::BINARY]])
  end
end

def pages(session)
  page = session.get("#{BASE}/page").html
  same(page.links, ["#{BASE}/pot", "#{BASE}/pan"])
  same(page.text[/^Pots & Pans$/], "Pots & Pans")
  same(page.find("li:contains('Pän'), h1".encode("ISO-8859-1")), ["Pots & Pans"])
  same(page.xpath("//li"), %w[Pot Pan])
  same(page.xpath("//a/@href"), %w[/pot /pan])
  same([page.xpath("count(//li)"), page.xpath("string(//h1)"), page.xpath("1 = 1")], [2.0, "Pots & Pans", true])
  same(raises(HTMLSession::QueryError) { page.xpath("//[") }.code, 501)
  same(page.search("Price: {:f} {currency:w}"), { "fixed" => [12.5], "named" => { "currency" => "EUR" } })
  same(page.search("price: {:f}", match_case: true), nil)
  same(page.search_all("href={:w}", text: true), [])
  same(page.search_all('href="/p{:w}"').map { |match| match["fixed"] }, [["ot"], ["an"]])
  same(raises(HTMLSession::QueryError) { page.search("{:q}") }.code, 502)
  same(page.extract({ title: "h1", names: ["li"] }), { "title" => "Pots & Pans", "names" => %w[Pot Pan] })
  error = raises(HTMLSession::QueryError) { page.extract({ title: { csss: "" } }) }
  same([error.code, error.message[/title/]], [503, "title"])
end

def parsed
  HTMLSession::Html.parse("<a href=é>é".encode("ISO-8859-1"), url: "http://h.test/x") do |page|
    same([page.text, page.links, page.resolve("../y")], ["é", ["http://h.test/%C3%A9"], "http://h.test/y"])
  end
  same(HTMLSession::Html.parse("\xE9", encoding: "latin1").text, "é")
  same(HTMLSession::Html.parse("<meta charset=koi8-r>\xC1".b).text, "а")
  raises(HTMLSession::RequestError) { HTMLSession::Html.parse("", url: "no url") }
  raises(HTMLSession::Error) { HTMLSession::Html.parse("", encoding: "none") }
  [nil, 5, :text].each { |text| raises(TypeError) { HTMLSession::Html.parse(text) } }
  ["<p>x", nil].each { |text| raises(TypeError) { HTMLSession::Html.new(text) } }
end

def elements(session)
  parsed
  page = session.get("#{BASE}/page").html
  links = page.css("li a")
  same(links.map { |link| [link.name, link.text, link["href"], link.absolute, link["rel"]] },
       [["a", "Pot", "/pot", "#{BASE}/pot", nil], ["a", "Pan", "/pan", "#{BASE}/pan", nil]])
  same([links[0].absolute("rel"), links[0].key?("HREF"), links[0].key?("rel")], [nil, true, false])
  same(%w[p h1].map { |css| page.at_css(css).attributes }, [{ "class" => "price" }, {}])
  same(page.at_css("h2"), nil)
  list = page.at_css("ul")
  same([list.find("a"), list.css("p"), list.links, list.xpath("li/a/@href")],
       [%w[Pot Pan], [], ["#{BASE}/pot", "#{BASE}/pan"], %w[/pot /pan]])
  same([list.children.map(&:name), list.parent.name, page.at_css("html").parent], [%w[li li], "body", nil])
  same([list.search("href=\"{}\"")["fixed"], list.search("Price")], [["/pot"], nil])
  heading = page.at_css("h1")
  same([heading.html, heading.inner_html, heading.full_text],
       ["<h1>Pots &amp; Pans</h1>", "Pots &amp; Pans", "Pots & Pans"])
  same(page.xpath_elements("//a | //a/@href"), links)
  same([links[0] == links[1], links[0].eql?(page.css("a")[0]), { links[0] => 1 }[page.at_css("a")]], [false, true, 1])
  same(links[0].inspect, "#<HTMLSession::Element a>")
  same(page.css("h1::text").map { |text| [text.name, text.text] }, [[nil, "Pots & Pans"]])
  same(raises(HTMLSession::QueryError) { page.css("a[") }.code, 500)
  page.close
  raises(IOError) { links[0].text }
  same(links[0].inspect, "#<HTMLSession::Element of a page that is closed>")
end

FORM = <<~HTML
  <form name=search action=/echo></form>
  <form id=login method=post action=/echo enctype=multipart/form-data>
    <input name=user><input type=hidden name=token value="t&amp;1"><textarea name=text>Hé</textarea>
    <input type=hidden name=keep value=0><input type=checkbox name=keep value=1>
    <input type=checkbox name=one>
    <input type=checkbox name=box value=a checked><input type=checkbox name=box value=b>
    <input type=radio name=size value=S checked><input type=radio name=size value=L>
    <input type=radio name=none value=1>
    <select name=colour><option value=r>Red<option value=g>Green</select>
    <select name=tags multiple><option selected>x<option value=2>y<option selected>z</select>
    <input type=file name=doc multiple>
    <button name=act value=save>Save</button><button name=act value=drop>Drop</button>
  </form>
HTML

def filled(session)
  page = HTMLSession::Html.parse(FORM, url: "#{BASE}/form?page")
  same(page.forms.map { |form| form.to_h.values_at("name", "id") }, [["search", ""], ["", "login"]])
  same(page.form.submit(session).url, "#{BASE}/echo?")
  form = page.form("input[name=user]")
  page.close # forms are independent of it
  same(form.fields.first.values_at("name", "type", "value"), ["user", "text", ""])
  same(%w[user token text keep one box size none colour tags doc act x].map { |name| form[name] },
       ["", "t&1", "Hé", false, false, ["a"], "S", nil, "r", %w[x z], "", "save", nil])
  same([form.key?("user"), form.key?(:users)], [true, false])
  form["user"] = "ada é"
  form[:keep] = true
  form["one"] = true
  form["box"] = ["b"]
  form["size"] = "L"
  form["colour"] = "Green"
  form["tags"] = %w[y z]
  form.add("by", 1)
  same(%w[user one box size colour tags by].map { |name| form[name] },
       ["ada é", true, ["b"], "L", "g", %w[2 z], "1"])
  form["one"] = false
  Dir.mktmpdir do |folder|
    path = Pathname(folder) + "note.txt"
    path.write("from a file")
    form.attach("doc", path, content_type: "text/plain")
    form.attach("doc", "b.bin", content: "\0\1".b)
    sent = form.submit(session, "act", "drop", &:text)
    same(sent.lines.first, "POST /echo\n")
    same(sent[/^referer: (.*)/, 1], "#{BASE}/form?page")
    same(sent.scan(/; name="(\w+)"\r\n\r\n(.*)\r/),
         [["user", "ada é"], %w[token t&1], %w[text Hé], %w[keep 0], %w[keep 1], %w[box b], %w[size L], %w[colour g],
          %w[tags 2], %w[tags z], %w[act drop], %w[by 1]])
    parts = sent.scan(/name="doc"; filename="(.*)"\r\nContent-Type: (.*)\r\n\r\n(.*)\r/)
    same(parts, [["note.txt", "text/plain", "from a file"], ["b.bin", "application/octet-stream", "\0\1"]])
    form["tags"] = form["box"] = []
    same([form["tags"], form["box"]], [[], []])
    same(form.request(false) { |request| session.perform(request).text.include?('"act"') }, false)
    last = form.fields.rindex { |field| field["type"] == "submit" }
    same(form.submit(session, last, headers: { "X-F" => 1 }).text.scan(/x-f: 1|^drop/), ["x-f: 1", "drop"])
  end
end

def forms(session)
  filled(session)
  page = HTMLSession::Html.parse(FORM, url: "#{BASE}/form")
  form = page.form(name: "login")
  none = -> { form["none of these"] = "x" }
  wrong = [none, -> { form["colour"] = "blue" }, -> { form["user"] = true }, -> { form["box"] = ["c"] },
           -> { form["tags"] = %w[x nothing] }, -> { form["none of these"] = [] }, -> { form.submit(session, "none") },
           -> { form.attach("user", "x", content: "") }, -> { page.form(9) }, -> { page.form("h1") },
           -> { page.form(name: "x") }]
  wrong.each { |call| same(raises(HTMLSession::QueryError, &call).code, 507) }
  same(raises(HTMLSession::QueryError, &none).message[/none of these/], "none of these")
  same(raises(HTMLSession::QueryError) { page.form("[") }.code, 500)
  raises(TypeError) { form["user"] = nil }
  raises(TypeError) { form.attach("doc", "x", content: 5) }
  raises(ArgumentError) { page.form(-1) }
  raises(TypeError) { HTMLSession::Form.new("x") }
  raises(TypeError) { form.dup }
  form.close
  raises(IOError) { form.fields }
end

def cookies(session)
  session.get("#{BASE}/login")
  jar = session.jar
  jar.set("a", "b", "127.0.0.1", path: "/x", expires: Time.now + 1000)
  same([jar.cookies("#{BASE}/"), jar.cookies("#{BASE}/x"), jar.size], [[%w[sid 1]], [%w[a b], %w[sid 1]], 2])
  [Time.at(0), Time.at(3600), Time.now - 1].each do |time|
    error = raises(HTMLSession::CookieError) { jar.set("a", "b", "127.0.0.1", path: "/x", expires: time) }
    same([error.code, error.message[/.* on /]], [600, 'cookie "a": expired on '])
  end
  ["2030-01-01", 3600, 2.5, true].each { |time| raises(TypeError) { jar.set("a", "b", "127.0.0.1", expires: time) } }
  same([jar.delete("a", "127.0.0.1", path: "/y"), jar.size], [0, 2])
  same([jar.delete("a", "127.0.0.1"), jar.cookies("#{BASE}/x")], [1, [%w[sid 1]]])
  jar.set("a", "b", "127.0.0.1", path: "/x", expires: Time.now + 1000)
  same(raises(HTMLSession::CookieError) { jar.set("__Host-a", "b", "h.test") }.message[/[^:]+/], 'cookie "__Host-a"')
  raises(HTMLSession::RequestError) { jar.cookies("h") }
  Dir.mktmpdir do |folder|
    HTMLSession.open do |other|
      path = Pathname(folder) + "cookies.json"
      same([jar.save(path), other.jar.load(path), other.jar.size], [2, 2, 2])
      path.write("{")
      raises(HTMLSession::CookieError) { jar.load(path) }
      other.jar.clear
      same(jar.size, 2)
      other.jar = jar
      same(echo(other)[0].grep(/\Acookie/), ["cookie: sid=1"])
    end
  end
end

if ARGV.size > 1
  daemons
else
  %i[closed arguments forked errors requests options responses pages elements forms cookies].each do |part|
    HTMLSession.open { |session| send(part, session) }
  end
  versions
  command = [RbConfig.ruby, *$LOAD_PATH.map { |path| "-I#{path}" }, __FILE__, BASE, "daemons"]
  ended = ::Timeout.timeout(10) { IO.popen(command, &:read) }
  same([ended, $?.success?], ["end\n", true])
  puts "good"
end
