# frozen_string_literal: true

require "io/wait"
require "json"
require_relative "htmlsession/native"
require_relative "htmlsession/callbacks"
require_relative "htmlsession/handle"
require_relative "htmlsession/jar"
require_relative "htmlsession/page"
require_relative "htmlsession/response"

# libhtmlsession for Ruby, through the ffi gem: nothing to compile.
#
#   HTMLSession.open(headers: { "User-Agent" => "me/1.0" }, timeout: 20) do |session|
#     session.get("https://example.org/") do |response|
#       page = response.html
#       puts page.title, page.links, page.css("li.item").map(&:text)
#       form = page.form("#search")
#       form["words"] = "pots and pans"
#       puts form.submit(session).text
#     end
#   end
#
# The library is found by its soname, libhtmlsession.so.0, where the system's loader looks for it; the
# environment variable HTMLSESSION_LIB names another file: "/opt/htmlsession/libhtmlsession.so".
#
# Times are in seconds, fractions too; nil is for ever. Texts are UTF-8 and bodies binary, and both
# are copies; texts in other encodings are converted, binary ones taken as they are.
#
# What goes wrong with a transfer is in its Response (#error) until #check or what reads the body raises
# it: #body, #text, #json and #html never give a part of it, which is in #partial_body. A download into
# a file, which nobody reads, raises it at once, and so does all else. A status of 400 and more is no
# error but for #check_status. What is closed raises IOError.
#
# Handles are freed by #close, by the block forms, or by the garbage collector. It sees only how small
# the Ruby objects are, not the bodies and pages behind them: close large ones when done with them.
#
# Any number of threads may share sessions, jars, responses and pages, and may close them while others
# use them: calls under way go on to their end, and who waits is told. A request belongs to one thread
# at a time, and so does the reading of a body in pieces. Calls that wait let other threads run, and
# Ctrl-C, Timeout and Thread#kill end them, and with them the request, but for Session#next. Under a fiber
# scheduler they let other fibers run. Only who frees a session waits for its name look-ups. Trap handlers
# must leave all this to a thread.
module HTMLSession
  VERSION = "0.1.0"

  # What sessions and requests have in common.
  class Settings < Handle
    ONE = ->(value) { [Native.c(value)] }
    FLAG = ->(value) { [value ? 1 : 0] }
    # nil, which a program may have got by mistake, must not switch certificates off.
    SWITCH = lambda do |value|
      [{ true => 1, false => 0 }.fetch(value) { raise TypeError, "#{value.class} instead of true or false" }]
    end
    CONTROL = /[\0-\x1F\x7F]/n
    PAIR = lambda do |pair|
      next [nil, nil] if pair.nil?
      unless pair.is_a?(Array) && pair.size == 2 && pair.none?(&:nil?)
        raise TypeError, "credentials are a pair of user and password"
      end

      user, password = pair.map { |text| Native.c(text) }
      raise ArgumentError, "a control character in the name of the user" if user.b.match?(CONTROL)

      [user, password]
    end
    BASIC = lambda do |pair|
      user, password = PAIR.(pair)
      raise ArgumentError, "a colon in the name of the user, where HTTP Basic ends it" if user&.include?(":")
      raise ArgumentError, "a control character in the password" if password&.b&.match?(CONTROL)

      [user, password]
    end
    TIME = ->(seconds) { [Native.ms(seconds)] }
    # -1 is for none here, not for ever.
    DELAY = ->(seconds) { [seconds == Float::INFINITY ? MOST : Native.ms(seconds)] }
    RETRY = lambda do |value|
      attempts, wait = value.is_a?(Array) ? value : [value, 0.5]
      [Native.count(attempts), Native.ms(wait)]
    end
    SIZE = ->(size) { [size.nil? ? -1 : Native.count(size, MOST)] }
    CERTIFICATE = lambda do |files|
      files = files.is_a?(Array) ? files : [files]
      raise TypeError, "client_cert is a file, or [certificate, key, passphrase]" unless files.size.between?(1, 3)

      [*files, nil, nil].first(3).map { |file| Native.c(file) }
    end
    VALUES = {
      auth: [:set_auth_basic, BASIC], digest: [:set_auth_digest, PAIR], retry: [:set_retry, RETRY],
      max_redirects: [:set_redirect_limit, ->(count) { [Native.count(count)] }], max_body: [:set_max_body, SIZE],
      refresh: [:set_refresh, DELAY], bearer: [:set_auth_bearer, ONE], proxy: [:set_proxy, ONE],
      verify: [:set_verify, SWITCH],
      timeout: [:set_timeout_ms, TIME], connect_timeout: [:set_connect_timeout_ms, TIME],
      read_timeout: [:set_read_timeout_ms, TIME]
    }.freeze
    private_constant :ONE, :FLAG, :SWITCH, :CONTROL, :PAIR, :BASIC, :TIME, :DELAY, :RETRY, :SIZE, :CERTIFICATE

    # Changes settings by their names. A request's stand above its session's.
    #
    # headers::    in place of the default ones; with the value nil no such header is sent
    # params::     of the query, behind those of the URL; nil takes the session's back
    # auth::       [user, password] for HTTP Basic; nil takes credentials of any kind back
    # digest::     [user, password] for HTTP Digest; bearer: a token; nil as for auth
    # timeout::    seconds for the whole request (300); connect_timeout (10), read_timeout (30) for parts of it
    # retry::      how often to try in all (1), or with the seconds before the second try: [3, 0.5]
    # max_redirects:: how many are followed (30); 0: none
    # refresh::    pages that lead on by themselves are followed if they wait no longer than this; nil: not
    # max_body::   the most bytes that a body may have; nil: no limit
    # proxy::      a URL; nil: no proxy, whatever the environment says
    # verify::     false: certificates are not looked at
    #
    # base_url::   (session) what relative URLs are resolved against
    # ca_file::    (session) the certificate authorities to trust, PEM; nil: the system's
    # client_cert:: (session) a PEM file with certificate and key, or [certificate, key, passphrase]
    # pinned_key:: (session) the public key that servers must have: "sha256//" and base64
    # browser::    (session) "chrome", "firefox", "safari", "edge", "random": its headers
    # netrc::      (session) a file of credentials
    # unix_socket:: (session) where all connections go
    # trust_env::  (session) false: the environment's proxies and authorities do not count
    # hsts::       (session) false: hosts that asked for https are spoken to over http again
    # public_only:: (session) true: only addresses of the public internet are connected to
    #
    # fields::     (request) of a form, which become the body
    # files::      (request) of a form: a path or a File, or { name:, content:, content_type: } with bytes, or
    #              { path:, content_type: }
    # json::       (request) what is to be the body as JSON
    # cookies::    (request) sent with this request alone
    # stream::     (request) the response comes with its head, its body is read while it comes
    #
    # headers, params, fields, files and cookies are Hashes or pairs; in a request an Array stands for several
    # values of a name. Symbols and numbers are written out. nil in place of one of these or of json is
    # nothing to set.
    def set(**options)
      options.each do |option, value|
        if (functions = self.class::LISTS[option])
          set_pairs(*functions, value) unless value.nil?
        elsif (function, convert = self.class::VALUES[option])
          set_value(option, function, convert, value) unless value.nil? && option == :json
        else
          raise ArgumentError, "#{self.class} has no option #{option}"
        end
      end
      self
    end

    private

    def set_value(option, function, convert, value)
      arguments =
        begin
          convert.(value)
        rescue TypeError, ArgumentError => e
          raise e.class, "#{option}: #{e.message}"
        end
      Error.check(call(function, *arguments), about: option)
    end

    def set_pairs(first, further, pairs)
      seen = {}
      kind = first[/[a-z]+\z/]
      pairs.each do |name, values|
        name = Native.c(name)
        same = kind == "header" ? name&.downcase(:ascii) : name
        (values.is_a?(Array) ? values : [values]).each do |value|
          function = seen.key?(same) ? further : first
          seen[same] = true
          raise ArgumentError, "a session has one value for each name" unless function

          code = kind == "file" ? add_file(name, value) : call(function, name, Native.c(value))
          Error.check(code, about: "#{kind} \"#{Native.shown(name)}\"")
        end
      end
    end
  end

  # A request that can be sent or submitted any number of times.
  class Request < Settings
    PREFIX = "request_"
    LISTS = { headers: %i[set_header add_header], params: %i[set_param add_param], fields: %i[add_field add_field],
              files: %i[add_file add_file], cookies: %i[set_cookie set_cookie] }.freeze
    VALUES = VALUES.merge(json: [:set_json, ->(value) { [JSON.generate(value)] }], stream: [:set_streamed, FLAG]).freeze

    # One that the library made.
    def self.of(pointer) = allocate.tap { |request| request.send(:adopt) { pointer } }
    private_class_method :of

    # The body is a String, or an IO or something else that has #read. That is read while it is sent, on whatever
    # thread waits in the session, and all its requests wait for it. It must not wait for the session; what it
    # raises is raised by who sends the request. Its length is that of a file or a StringIO from where it
    # stands, else it is sent in chunks. A redirect, a challenge or sending the request again may need all of it
    # again, which takes #pos and #pos=.
    #
    # With output_file what comes with status 200 goes into a file, and with resume a broken download is gone
    # on with. Further options as for #set.
    def initialize(method, url, body: nil, content_type: nil, output_file: nil, resume: true, **options)
      method = Native.named("method", method)
      url = Native.named("URL", url)
      super() { Native.session_request_new(method, url) }
      Error.check(call(:error), call(:error_message))
      Error.check(set_body(Native.c(content_type), body), about: "body") unless body.nil?
      Error.check(call(:set_output_file, Native.c(output_file), resume ? 1 : 0), about: "output_file") if output_file
      @download = !output_file.nil?
      set(**options)
    end

    # Whether the body goes into a file.
    def download? = @download

    # What its body is read from; nil if that is a String.
    attr_reader :reader

    private

    def set_body(type, body)
      bytes = String.try_convert(body)
      return call(:set_body, type, bytes, bytes.bytesize) if bytes

      @reader = Callbacks::Reader.new(body)
      rewind = Callbacks::REWIND if @reader.again?
      Callbacks.given(@reader) do |userdata|
        call(:set_body_reader, type, @reader.length, Callbacks::READ, rewind, userdata, Callbacks::FORGET)
      end
    end

    def add_file(name, file)
      file = { path: file } unless file.is_a?(Hash)
      unless [%i[name content], %i[path]].include?(file.keys - [:content_type])
        raise TypeError, "a file is a path, { path: } or { name:, content: }"
      end

      type = Native.c(file[:content_type])
      if file.key?(:path)
        path = file[:path].respond_to?(:to_path) ? file[:path].to_path : file[:path]
        return call(:add_file, name, Native.named("path", path), type)
      end
      bytes = String.try_convert(file[:content]) or raise TypeError, "#{file[:content].class} instead of a String"
      call(:add_part, name, Native.c(file[:name]), type, bytes, bytes.bytesize)
    end
  end

  # Cookies, connections and defaults that requests share.
  class Session < Settings
    include Aside

    PREFIX = ""
    LISTS = { headers: [:set_header, nil], params: [:set_param, nil] }.freeze
    VALUES = VALUES.merge(base_url: [:set_base_url, ONE], ca_file: [:set_ca_file, ONE], browser: [:set_browser, ONE],
                          client_cert: [:set_client_cert, CERTIFICATE], pinned_key: [:set_pinned_key, ONE],
                          netrc: [:set_netrc, ONE], unix_socket: [:set_unix_socket, ONE],
                          trust_env: [:set_trust_env, SWITCH], hsts: [:set_hsts, SWITCH],
                          public_only: [:set_public_only, SWITCH]).freeze
    OURS = FFI::Pointer.new(1) # the userdata of requests that #perform waits for
    FORKED = 6
    private_constant :OURS, :FORKED

    # Options as for #set.
    def initialize(**options)
      super() { Native.session_new }
      @process = Process.pid
      @lock = Mutex.new
      @arrived = {} # what #next got from the library and #perform is to have, by its id
      @kept = [] # what an interrupted #next could not hand out
      @submitted = 0
      @readers = {} # of the bodies of requests under way, by their ids
      @raised = [] # by a log
      set(**options)
    end

    def jar
      call(:jar) do |pointer|
        check_process
        Jar.new(pointer)
      end
    end

    # Uses the cookies of another session.
    def jar=(jar)
      raise TypeError, "#{jar.class} instead of a Jar" unless jar.is_a?(Jar)

      jar.use { |pointer| Error.check(call(:set_jar, pointer)) }
    end

    # get, head, post, put, patch and delete: as #request.
    %w[get head post put patch delete].each do |verb|
      define_method(verb) { |url, **options, &block| request(verb.upcase, url, **options, &block) }
    end

    # Sends a request, with the options of Request, and waits for its response; with a block it gets the
    # response, which is closed behind it.
    def request(method, url, **options, &block)
      response = Request.open(method, url, **options) { |request| perform(request) }
      block ? response.close_after(&block) : response
    end

    # Sends a request and waits for its response. Raises what went wrong with a download, and what a body's
    # reader raised.
    def perform(request)
      response = Fiber.scheduler && !Fiber.current.blocking? ? exchange_in_fiber(request) : exchange(request)
      raise response.cause if response.cause

      request.download? ? response.check : response
    rescue Error
      response&.close
      raise
    end

    # Starts a request and returns its id, which its response, handed out by #next, will carry.
    def submit(request)
      id = FFI::MemoryPointer.new(:uint64)
      Native.masked do
        @lock.synchronize { @submitted += 1 } # before, for another thread may take the response at once
        enqueue(request, nil, id)
        id.read(:uint64)
      ensure
        @lock.synchronize { @submitted -= 1 } if id.read(:uint64).zero?
      end
    end

    # A finished response of a submitted request, or nil; waits at most this many seconds (nil: as long as it
    # takes). An interrupt ends the waiting, not the requests.
    def next(timeout = 0)
      last = timeout && now + timeout
      loop do
        response = given = nil
        begin
          Native.masked { response = take }
          given = response
        ensure
          @lock.synchronize { @kept << response } if response && !given
        end
        return given if given

        raise_log_error
        left = last ? last - now : 1
        return unless left.positive? && outstanding.positive?

        wait([left, SLICE / 1000.0].min)
      end
    end

    # Walks from page to page as long as pages name a next one, each visited once, and yields the responses; an
    # Enumerator without a block. It begins with a URL, with options as for Request, or with a Request; limit is
    # for how many pages at most (1000). The next one is what a page declares with rel=next, or what the words of
    # its links tell: those of words instead of "next", "more" and "older". A page that failed is the last. Pages
    # are read into memory.
    #
    # An interrupt ends the walk; the page that is under way goes on in the background until its time-outs.
    def pages(first, limit: nil, words: nil, **options)
      limit = Native.count(limit || 0)
      raise ArgumentError, "options of a Request are its own" if first.is_a?(Request) && !options.empty?

      request = first.is_a?(Request) ? first : Request.new("GET", first, **options)
      walk = request.use { |pointer| call(:pages_new, pointer, limit) { |made| Native.own(:pages_, made) } }
      set_words(walk, words) unless words.nil?
      responses = Enumerator.new { |found| walk_through(walk, request) { |response| found << response } }
      block_given? ? responses.each { |response| yield response } : responses
    end

    # Calls the block from the next request on with what requests go through: how bad it is as Logger has it,
    # the number of the request, what happened in one word, and in one line. It is told what failed, below
    # Logger::ERROR (3) also redirects, retries and the like, below Logger::INFO (1) every request and response.
    # nil in place of a level, and no block: nothing is told.
    #
    # It is called on whatever thread waits in the session, and all requests wait for it. It must not wait for the
    # session; what it raises is raised by a call that waits.
    def log(level = 1, &told)
      return Error.check(call(:set_log, 0, nil, nil, nil)) if level.nil? && !told
      raise ArgumentError, "a log has a level and a block" if level.nil? || !told

      log = Callbacks::Log.new(told, @raised)
      level = Callbacks::Log::SEVERITIES.rindex { |severity| severity >= level } || 0
      code = Callbacks.given(log) do |userdata|
        call(:set_log, level, Callbacks::LOG, userdata, Callbacks::FORGET)
      end
      Error.check(code)
    end

    # How many submitted requests #next still has to hand out.
    def outstanding
      use do |pointer|
        next 0 unless @process == Process.pid

        # Whatever became of the count when Ctrl-C came: what the library has not is not to be waited for.
        @lock.synchronize { [@submitted, Native.session_outstanding(pointer)].min + @kept.size }
      end
    end

    # Readable when #next has something to do: for IO.select and fiber schedulers. It stays the
    # session's: Ruby must not close it, and #close takes it back.
    def to_io = @lock.synchronize { @to_io ||= IO.for_fd(descriptor, autoclose: false) }

    # The descriptor's number may soon be that of another file.
    def close
      @lock.synchronize do
        @closed = true # before, or another thread would make a new one
        @to_io&.close # not the descriptor: it does not close by itself
        @to_io = nil
      end
      super
    end

    # Cancels one submitted request, or with 0 all; each still gives its response.
    def cancel(id = 0) = Error.check(call(:cancel, Native.count(id, 0xFFFF_FFFF_FFFF_FFFF)))

    private

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    # A response for #next, which is there already; nil if there is none.
    def take
      use { nil } # raises if closed
      kept = @lock.synchronize { @kept.shift } and return kept
      until (pointer = call(:next, 0)).null?
        if Native.session_response_userdata(pointer).null?
          @lock.synchronize { @submitted -= 1 }
          return answered(pointer)
        end
        @lock.synchronize { @arrived[Native.session_response_id(pointer)] = pointer }
      end
    end

    def answered(pointer)
      reader = @lock.synchronize { @readers.delete(Native.session_response_id(pointer)) }
      Response.new(pointer, self, reader&.take_error)
    end

    def set_words(walk, words)
      raise TypeError, "#{words.class} instead of an Array of words" unless words.is_a?(Array)

      words = words.map { |word| Native.named("word", word) }
      raise ArgumentError, "NUL in a word" if words.any? { |word| word.b.include?("\0") }

      texts = words.map { |word| FFI::MemoryPointer.from_string(word) }
      all = FFI::MemoryPointer.new(:pointer, [texts.size, 1].max).write_array_of_pointer(texts)
      Error.check(Native.session_pages_set_symbols(walk, all, texts.size), about: "words")
    end

    # C does not hold the session, so that closing it ends the page that is under way.
    def walk_through(walk, request)
      loop do
        use { nil } # raises if closed
        left = ->(thread) { Aside.leave(thread, self) }
        page = aside(left) { Native.masked { page_of(Native.session_pages_next(walk), request.reader) } }
        raise_log_error
        use { nil }
        break unless page
        raise page.cause if page.cause

        yield page
      end
    end

    def page_of(pointer, reader) = (Response.new(pointer, self, reader&.take_error) unless pointer.null?)

    def raise_log_error
      error = @raised.shift and raise error
    end

    def exchange(request)
      Native.masked do
        response = nil
        id = FFI::MemoryPointer.new(:uint64)
        begin
          enqueue(request, OURS, id)
          until response
            Thread.handle_interrupt(Object => :immediate) { Thread.pass }
            response = finished(id, SLICE)
            raise_log_error
          end
          response
        ensure
          forget(id.read(:uint64)) unless response || closed?
        end
      end
    end

    # Fibers share the interrupt mask of their thread, so that none may be left off while it is set.
    def exchange_in_fiber(request)
      response = nil
      id = FFI::MemoryPointer.new(:uint64)
      # Schedulers may know one fiber for each IO, and must not be left with a descriptor that was closed.
      woken = use { IO.for_fd(descriptor, autoclose: false).dup }
      Native.masked { enqueue(request, OURS, id) }
      loop do
        Native.masked { response = finished(id, 0) }
        raise_log_error
        break response if response

        # Another thread may have taken it from the library, so that nothing wakes this one; and what is
        # there for #next keeps the descriptor readable, which must not have this spin.
        sleep(0.001) if woken.wait_readable(SLICE / 1000.0) && outstanding.positive?
      end
    ensure
      woken&.close
      forget(id.read(:uint64)) unless response || closed?
    end

    def finished(id, milliseconds)
      pointer = obtain(id.read(:uint64), milliseconds)
      answered(pointer) unless pointer.null?
    end

    def wait(seconds)
      to_io.wait_readable(seconds)
    rescue IOError, Errno::EBADF
      use { raise } # that it is closed, if another thread did that meanwhile
    end

    def descriptor
      fd = call(:fd)
      return fd unless fd.negative?

      check_process
      raise IOError, "no descriptor left"
    end

    # Functions without a code give nothing in a child process.
    def check_process = Error.check(@process == Process.pid ? 0 : FORKED)

    # The id is written in C, so that it is known whatever interrupts this; 0 if nothing began.
    def enqueue(request, userdata, id)
      raise TypeError, "#{request.class} instead of a Request" unless request.is_a?(Request)

      request.use do |pointer|
        @lock.synchronize do # until the reader is known to who takes the response
          Error.check(call(:submit, pointer, userdata, id))
          @readers[id.read(:uint64)] = request.reader if request.reader
        end
      end
    end

    def obtain(id, milliseconds) = @lock.synchronize { @arrived.delete(id) } || call(:wait, id, milliseconds)

    # After an interrupt the response must not stay for ever where nobody asks for it.
    def forget(id)
      return if id.zero?

      cancel(id)
      Native.session_response_free(obtain(id, 1000))
    rescue IOError, Error
      nil # it went with the session
    end
  end

  def self.open(**options, &block) = Session.open(**options, &block)

  # The version of the library in use; VERSION is that of the gem.
  def self.version = Native.session_version
end
