# frozen_string_literal: true

# What the library calls in Ruby, readers of bodies and logs; and walks through pages.

require_relative "support"
require "logger"
require "rbconfig"
require "stringio"
require "tempfile"

class Own < StandardError; end

KNOWN = HTMLSession.module_eval("Callbacks::KNOWN", __FILE__, __LINE__)

# Something that has #read and no more.
def reader(&block) = Class.new { define_method(:read, &block) }.new

def piped(text)
  read, write = IO.pipe
  write.write(text)
  write.close
  read
end

def bodies(session)
  headers, body = echo(session, "POST", body: StringIO.new("in memory"), content_type: "x/y")
  same([body, headers.grep(/^content/).sort], ["in memory", ["content-length: 9", "content-type: x/y"]])
  rest = StringIO.new("> rest")
  rest.pos = 2 # it begins where it stands
  same(echo(session, "POST", body: rest)[1], "rest")
  Tempfile.create("é") do |file|
    file.write("é" * 100_000)
    file.rewind
    headers, body = echo(session, "POST", body: file)
    same([body == "é" * 100_000, headers.grep(/length/)], [true, ["content-length: 200000"]])
  end
  headers, body = echo(session, "POST", body: piped("piped"))
  same([body, headers.grep(/chunked/)], ["piped", ["transfer-encoding: chunked"]])
  pieces = ["a", "é", ""]
  same(echo(session, "POST", body: reader { |_| pieces.shift })[1], "aé")
  large = ["x" * 300_000, "é", nil]
  same(echo(session, "POST", body: reader { |_| large.shift })[1], "#{'x' * 300_000}é")

  # Redirects and further requests need it again.
  HTMLSession::Request.open("POST", "#{BASE}/moved", body: StringIO.new("twice")) do |request|
    2.times { same(session.perform(request).text[/\n\n(.*)/, 1], "twice") }
  end
  same(session.post("#{BASE}/moved", body: piped("once")).error.code, 105)
  short = StringIO.new(+"short")
  HTMLSession::Request.open("POST", "#{BASE}/echo", body: short) do |request|
    short.truncate(2)
    same(session.perform(request).error.code, 104)
  end
  raises(ArgumentError) { session.post(BASE, body: short, content_type: "\0") }
end

def failures(session)
  broken = { Own => -> { raise Own }, UncaughtThrowError => -> { throw :away }, TypeError => -> { 5 },
             FiberError => -> { Fiber.yield }, NotImplementedError => -> { raise NotImplementedError } }
  broken.each do |kind, read|
    raises(kind) { catch(:else) { session.post("#{BASE}/echo", body: reader { |_| read.call }) } }
  end
  catch(:away) { raises(UncaughtThrowError) { session.post("#{BASE}/echo", body: reader { |_| throw :away }) } }
  served(answer("", "Location: /", status: "307 Moved")) do |url, _|
    stuck = StringIO.new("x")
    HTMLSession::Request.open("POST", url, body: stuck) do |request|
      stuck.define_singleton_method(:pos=) { |_| raise Own }
      raises(Own) { session.perform(request) }
    end
  end
  # A response that is fetched has its cause.
  request = HTMLSession::Request.new("POST", "#{BASE}/echo", body: reader { |_| raise Own })
  id = session.submit(request)
  response = session.next(nil)
  error = raises(HTMLSession::Error) { response.check }
  same([response.id, error.code, error.cause.class, response.error.cause.class], [id, 13, Own, Own])
  other = HTMLSession::Request.new("POST", "#{BASE}/echo", body: reader { |_| raise Own })
  raises(Own) { session.pages(other).first }
  same(session.get("#{BASE}/").body, "12345")
end

# Readers are let go with the last that needs them.
def freed(session)
  request = HTMLSession::Request.new("POST", "#{BASE}/echo", body: StringIO.new("gone"))
  known = -> { KNOWN.value?(request.reader) }
  session.submit(request)
  request.close
  same([known.call, session.next(nil).text[/gone/], known.call], [true, "gone", false])
  logs = -> { KNOWN.each_value.grep(HTMLSession.module_eval("Callbacks::Log", __FILE__, __LINE__)).size }
  2.times { session.log { |*| nil } }
  same(logs.call, 1)
  session.log(nil)
  same(logs.call, 0)
  raises(ArgumentError) { HTMLSession::Request.new("POST", BASE, body: StringIO.new, content_type: "\0") }
  closed = HTMLSession::Session.new.tap(&:close)
  raises(IOError) { closed.log { |*| nil } }
  same(logs.call, 0)
end

def logs(session)
  told = []
  session.log(Logger::DEBUG) { |*line| told << line }
  session.get("#{BASE}/moved?secret")
  same([told[0][0], told[0][1].positive?, told[0][2]], [Logger::DEBUG, true, "request"])
  same([told.map { |line| line.values_at(0, 2) }.include?([Logger::INFO, "redirect"]), told.join[/secret/]], [true, nil])
  told.clear
  session.log { |*line| told << line }
  session.get("#{BASE}/")
  same(told, [])
  session.get("#{BASE}/moved")
  same(told.map(&:first).uniq, [Logger::INFO])
  told.clear
  session.log(Logger::ERROR) { |*line| told << line }
  session.get("http://127.0.0.1:1/")
  same(told.map(&:first), [Logger::ERROR])
  raises(ArgumentError) { session.log(Logger::INFO) }
  raises(ArgumentError) { session.log(nil) { |*| nil } }

  session.log(Logger::DEBUG) { |*| raise Own }
  raises(Own) { session.get("#{BASE}/") }
  raises(Own) { session.pages("#{BASE}/walk/1").to_a }
  session.log(nil)
  session.instance_variable_get(:@raised).clear
  same(session.get("#{BASE}/").body, "12345")
end

def titles(session, *arguments, **options)
  session.pages(*arguments, **options).map { |page| page.html(&:title)[/\d+/] }
end

def walks(session)
  same(titles(session, "#{BASE}/walk/1"), %w[1 2 3 4])
  same(titles(session, HTMLSession::Request.new("GET", "#{BASE}/walk/2"), limit: 2), %w[2 3])
  same(titles(session, "#{BASE}/further/1", limit: 3, words: ["on", :ahead]), %w[1 2 3])
  same(titles(session, "#{BASE}/further/1", limit: 3, words: []), ["1"])
  same(session.pages("#{BASE}/walk/1", limit: 1, params: { a: 1 }).map(&:url), ["#{BASE}/walk/1?a=1"])
  # Left half-way, and gone on with.
  pages = session.pages("#{BASE}/walk/1")
  same([pages.first.html.title, pages.next.html.title], ["Page 1", "Page 2"])
  GC.start
  same(pages.next.html.title, "Page 3")
  found = []
  session.pages("#{BASE}/walk/1") { |page| break found if (found << page.status).size == 2 }
  same(found, [200, 200])
  same(session.pages("#{BASE}/none").map { |page| [page.status, page.error] }, [[404, nil]])
  same(session.pages("http://127.0.0.1:1/").map { |page| page.error.code }, [201])
  [-1, 2**70].each { |limit| raises(ArgumentError) { session.pages(BASE, limit: limit) } }
  [{ words: "ahead" }, { words: [5] }, { limit: "1" }].each { |wrong| raises(TypeError) { session.pages(BASE, **wrong) } }
  raises(ArgumentError) { session.pages(BASE, colour: 1) }
  raises(ArgumentError) { session.pages(BASE, words: ["a\0"]) }
  raises(ArgumentError) { session.pages(HTMLSession::Request.new("GET", BASE), timeout: 1) }

  other = HTMLSession::Session.new
  walking = waiting { other.pages("#{BASE}/hang").first }
  other.close
  same(walking.join(5)&.value.class, IOError)
  raises(IOError) { other.pages(BASE) }
end

def interrupts(session)
  # Whatever the reader does: it is interrupted too.
  [-> { sleep }, -> { piped("").tap(&:read) && IO.pipe[0].read }].each do |wait|
    interrupted(::Timeout::Error) do
      ::Timeout.timeout(0.2) { session.post("#{BASE}/echo", body: reader { |_| wait.call }) }
    end
  end
  interrupted(::Timeout::Error) { ::Timeout.timeout(0.2) { session.pages("#{BASE}/hang").first } }
  session.cancel
  trap(:INT, "DEFAULT")
  interrupted(Interrupt) do
    Thread.new { sleep(0.2) && Process.kill(:INT, Process.pid) }
    session.post("#{BASE}/echo", body: reader { |_| sleep })
  end
  20.times do
    raises(::Timeout::Error) do
      ::Timeout.timeout(0.02) { session.post("#{BASE}/echo", body: reader { |_| "x" }) }
    end
  end
  # A thread in a reader cannot be killed before that returns.
  killed = waiting { session.post("#{BASE}/echo", body: reader { |_| sleep(0.01) && "x" }) }
  killed.kill
  same(killed.join(5), killed)
  same(session.get("#{BASE}/").body, "12345")
end

# Those whose reader fails hear of it, and no others.
def threads(session)
  workers = Array.new(4) do |number|
    Thread.new do
      10.times do
        next raises(Own) { session.post("#{BASE}/echo", body: reader { |_| raise Own }) } if number.odd?

        same(echo(session, "POST", body: StringIO.new(number.to_s * 9))[1], number.to_s * 9)
      end
    end
  end
  workers.each { |worker| same(worker.join(30), worker) }
end

# Threads in which C calls Ruby when the program ends do not hold it up, nor do objects that are left.
def daemons
  session = HTMLSession::Session.new
  Thread.new { session.post("#{BASE}/echo", body: reader { |_| sleep(0.01) && "x" }) }
  Thread.new { session.pages("#{BASE}/hang").first }
  Thread.new do
    other = HTMLSession::Session.new
    other.log(0) { |*| nil }
    loop { other.get("#{BASE}/") }
  end
  $left = HTMLSession::Request.new("POST", BASE, body: StringIO.new("x"))
  begin
    ::Timeout.timeout(0.3) { session.pages("#{BASE}/hang").first }
  rescue ::Timeout::Error
    puts "end"
  end
end

if ARGV.size > 1
  daemons
else
  %i[bodies failures freed logs walks interrupts threads].each do |part|
    HTMLSession.open { |session| send(part, session) }
  end
  3.times do
    command = [RbConfig.ruby, *$LOAD_PATH.map { |path| "-I#{path}" }, __FILE__, BASE, "daemons"]
    ended = ::Timeout.timeout(10) { IO.popen(command, err: %i[child out], &:read) }
    same([ended, $?.success?], ["end\n", true])
  end
  puts "good"
end
