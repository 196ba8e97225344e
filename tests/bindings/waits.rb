# frozen_string_literal: true

# What waits in the Ruby binding: threads, fibers and streams, and their interrupts.

require_relative "support"

def threads(session)
  # Those who wait for one response and those who take any do not get each other's.
  workers = Array.new(4) do |number|
    Thread.new { Array.new(5) { session.get("#{BASE}/slow?#{number}").url[/\?(.*)/, 1] }.uniq }
  end
  request = HTMLSession::Request.new("GET", "#{BASE}/slow")
  ids = Array.new(8) { session.submit(request) }
  ids.delete(session.next(nil).id) while session.outstanding.positive?
  same([ids, session.next(nil), workers.map(&:value)], [[], nil, [["0"], ["1"], ["2"], ["3"]]])

  # What is closed while others use it stays until they are done.
  page = session.get("#{BASE}/page").html
  users = Array.new(2) { waiting { loop { page.find("li a:contains('o')::attr(href)") } } }
  page.close
  stream = session.get("#{BASE}/tail", stream: true)
  users << waiting { stream.each_line { |_| nil } }
  sleep 0.3
  stream.close
  other = HTMLSession::Session.new
  users << waiting { other.get("#{BASE}/hang") }
  other.submit(HTMLSession::Request.new("GET", "#{BASE}/hang"))
  users << waiting { other.next(nil) }
  Array.new(2) { Thread.new { other.close } }.each(&:join)
  users.each { |thread| same(thread.join(5)&.value.class, IOError) }
end

def interrupts(session)
  interrupted(::Timeout::Error) { ::Timeout.timeout(0.2) { session.get("#{BASE}/hang") } }
  killed = waiting { session.get("#{BASE}/hang") }
  killed.kill
  same(killed.join(3), killed)
  session.use { |pointer| same(HTMLSession::Native.session_outstanding(pointer), 0) }
  trap(:INT, "DEFAULT") # which a shell may have changed
  interrupted(Interrupt) do
    Thread.new { sleep(0.2) && Process.kill(:INT, Process.pid) }
    session.get("#{BASE}/hang")
  end

  id = session.submit(HTMLSession::Request.new("GET", "#{BASE}/hang"))
  interrupted(::Timeout::Error) { ::Timeout.timeout(0.2) { session.next(nil) } }
  session.cancel(id)
  same(raises(HTMLSession::Error) { session.next(nil).check }.code, 11)

  lines = []
  session.get("#{BASE}/tail", stream: true) do |stream|
    interrupted(::Timeout::Error) { ::Timeout.timeout(1) { stream.each_line { |line| lines << line } } }
  end
  same(lines, %w[one two])
  partial do |url|
    session.get(url, stream: true) do |stream|
      sleep 0.05 # so that the beginning of the line is there
      interrupted(::Timeout::Error) { ::Timeout.timeout(0.2) { stream.each_line { |line| lines << line } } }
    end
  end
end

# The least that Ruby asks of a fiber scheduler.
class Scheduler
  def initialize
    @readable = {}
    @times = {}
    @blocked = {}
    @unblocked = Queue.new
    @wake = IO.pipe
  end

  def run
    until [@readable, @times, @blocked].all?(&:empty?)
      rest = @times.values.min&.-(now)
      ready, = IO.select([@wake[0], *@readable.keys], nil, nil, rest && [rest, 0].max)
      @wake[0].read_nonblock(100, exception: false)
      fibers = (ready || []).filter_map { |io| @readable[io] }
      fibers << @unblocked.pop until @unblocked.empty?
      fibers |= @times.select { |_, time| time <= now }.keys
      fibers.each { |fiber| fiber.resume if fiber.alive? && (@times.key?(fiber) || waits?(fiber)) }
    end
  end
  alias close run

  def fiber(&block) = Fiber.new(blocking: false, &block).tap(&:resume)
  def kernel_sleep(seconds) = pause(seconds)

  def io_wait(io, events, seconds)
    @readable[io] = Fiber.current
    pause(seconds)
    io.closed? || !IO.select([io], nil, nil, 0) ? false : events
  ensure
    @readable.delete(io)
  end

  def block(_, seconds = nil)
    @blocked[Fiber.current] = true
    pause(seconds)
    true
  ensure
    @blocked.delete(Fiber.current)
  end

  def unblock(_, fiber)
    @unblocked << fiber
    @wake[1].write("!")
  end

  private

  def waits?(fiber) = @readable.value?(fiber) || @blocked.key?(fiber)

  def pause(seconds)
    @times[Fiber.current] = now + seconds if seconds
    Fiber.yield
  ensure
    @times.delete(Fiber.current)
  end
end

# Calls that wait in a fiber let the others run.
def fibers(session)
  request = HTMLSession::Request.new("GET", "#{BASE}/slow?next")
  turns = 0
  found = []
  pauses = [0]
  thread = Thread.new do
    Fiber.set_scheduler(Scheduler.new)
    Fiber.schedule do
      last = now
      until found.size == 7
        sleep 0.01
        pauses << (now - last)
        last = now
        turns += 1
      end
    end
    3.times { |number| Fiber.schedule { found << session.get("#{BASE}/slow?#{number}").url[/\?(.*)/, 1] } }
    Fiber.schedule do
      session.submit(request)
      found << session.next(nil).url[/\?(.*)/, 1]
    end
    Fiber.schedule do
      session.get("#{BASE}/tail", stream: true) { |stream| found << stream.each_line.first(2) }
    end
    Fiber.schedule { found << session.get("http://127.0.0.1:1/").error.code }
    Fiber.schedule do
      session.get("#{BASE}/hang", timeout: 0.2).body
    rescue HTMLSession::Error => e
      found << e.class
    end
  end
  same(thread.join(10), thread)
  same(found.map(&:to_s).sort, ["0", "1", "2", "201", "HTMLSession::Timeout", %w[one two].to_s, "next"].sort)
  same([turns > 10, pauses.max < 0.1, session.outstanding], [true, true, 0])
end

# A server that sends the beginning of a line and no more.
def partial
  server = TCPServer.new("127.0.0.1", 0)
  thread = Thread.new do
    client = server.accept
    client.readpartial(4096)
    client.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    client.read
  end
  yield "http://127.0.0.1:#{server.addr[1]}/"
ensure
  thread.kill
  server.close
end

class Stop < StandardError; end

# Calls that are interrupted again and again, at any point.
def stormed
  done = false
  worker = Thread.new do
    Thread.current.report_on_exception = false
    until done
      begin
        yield
      rescue Stop
        nil
      end
    end
  rescue Stop
    nil
  end
  start = now
  while now - start < 0.3
    sleep 0.001
    worker.raise(Stop)
  end
  done = true
  begin
    worker.join
  rescue Stop
    nil # it came while another one was dealt with
  end
end

# Interrupts lose neither handles nor responses.
def storms(session)
  page = session.get("#{BASE}/page").html
  stormed { Thread.pass if page.links }
  page.close
  same(page.instance_variable_get(:@pointer), nil)

  request = HTMLSession::Request.new("GET", "#{BASE}/")
  stormed do
    session.submit(request) if session.outstanding < 20
    session.next(1)
  end
  start = now
  session.next(1) while session.outstanding.positive? && now - start < 10
  left = session.use { |pointer| HTMLSession::Native.session_outstanding(pointer) }
  same([session.outstanding, left], [0, 0])

  # What is freed and interrupted before the library returns is not freed again by the collector.
  frees = []
  function = lambda do |_|
    frees << 1
    raise Stop
  end
  owned = HTMLSession::Native::Owned.new(FFI::Pointer.new(8), function)
  raises(Stop) { owned.free }
  owned.free
  same(frees, [1])
end

# Nobody else has the session.
def lone = HTMLSession::Session.new.get("#{BASE}/tail", stream: true)

def streams
  stream = lone
  lines = []
  stream.each_line do |line|
    GC.start
    100.times { +"overwrites what is left of the session on the stack" }
    break if (lines << line).size == 2
  end
  same(lines, %w[one two])
  stream.close
end

%i[threads fibers interrupts storms].each do |part|
  HTMLSession.open { |session| send(part, session) }
end
streams
puts "good"
