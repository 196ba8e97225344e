# frozen_string_literal: true

# What the tests of the Ruby binding have in common.

require "htmlsession"
require "socket"
require "timeout"

BASE = ARGV.fetch(0)

def raises(kind)
  yield
rescue kind => e
  raise unless e.instance_of?(kind)

  e
else
  raise "no #{kind}"
end

def same(one, other)
  raise "#{one.inspect} instead of #{other.inspect}" unless one == other
end

def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

# A call that would wait for ever ends soon after an interrupt.
def interrupted(kind)
  start = now
  raises(kind) { yield }
  raise "late" unless now - start < 3
end

# A thread in a call that waits; its value is what it raised there.
def waiting
  thread = Thread.new do
    yield
  rescue StandardError => e
    e
  end
  sleep 0.2
  thread
end

# The end of a response, which says how long it is.
def answer(body, *headers, status: "200 OK")
  headers << "Content-Length: #{body.bytesize}" if headers.grep(/length/i).empty?
  ["HTTP/1.1 #{status}", "Connection: close", *headers, "", body].join("\r\n")
end

# A server that gives these answers, one for each connection, and what it was asked.
def served(*answers)
  server = TCPServer.new("127.0.0.1", 0)
  asked = []
  thread = Thread.new do
    answers.each do |text|
      client = server.accept
      head = +""
      head << client.readpartial(4096) until head.include?("\r\n\r\n")
      asked << head
      client.write(text)
    rescue EOFError, SystemCallError
      nil # the client went
    ensure
      client&.close
    end
  end
  yield "http://127.0.0.1:#{server.addr[1]}/", asked
ensure
  thread.kill
  server.close
end

def echo(session, method = "GET", **options)
  head, body = session.request(method, "#{BASE}/echo", **options).text.split("\n\n", 2)
  head, *headers = head.split("\n")
  [headers, body, head[/ (.*)/, 1]]
end
