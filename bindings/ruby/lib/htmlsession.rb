# frozen_string_literal: true

require "ffi"
require "json"

# libhtmlsession for Ruby, through the ffi gem: nothing to compile.
#
#   HTMLSession.open(headers: { "User-Agent" => "me/1.0" }, timeout: 20) do |session|
#     session.get("https://example.org/") do |response|
#       page = response.html
#       puts page.title, page.links
#     end
#   end
#
# The library is found by its soname; HTMLSESSION_LIB names another file.
#
# Times are in seconds, fractions too; nil is for ever. Texts are UTF-8 and bodies binary, and both
# are copies; texts in other encodings are converted, binary ones taken as they are.
#
# What goes wrong with a transfer is in its Response until #check or #html raises it; all else raises
# an Error at once. A status of 400 and more is no error but for #check_status. What is closed raises
# IOError.
#
# Handles are freed by #close, by the block forms, or by the garbage collector. It sees only how small
# the Ruby objects are, not the bodies and pages behind them: close large ones when done with them.
#
# Any number of threads may share sessions, jars, responses and pages, and may close them while others
# use them: calls under way go on to their end, and who waits is told. A request belongs to one thread
# at a time, and so does the reading of a body in pieces. Calls that wait let other threads run, and
# Ctrl-C, Timeout and Thread#kill end them, and with them the request, but for Session#next. Only who frees
# a session waits for its name look-ups. Trap handlers must leave all this to a thread.
module HTMLSession
  ABI = 0
  SLICE = 50 # milliseconds that a wait in C lasts at most: Ruby cannot interrupt it

  # The functions as they are in C.
  module Native
    extend FFI::Library
    ffi_lib ENV.fetch("HTMLSESSION_LIB", "libhtmlsession.so.#{ABI}")

    # Without `blocking` the interpreter's lock is held: right for calls that only look.
    def self.function(result, names, *arguments, **options)
      Array(names).each { |name| attach_function :"session_#{name}", arguments, result, **options }
    end

    function :uint32, :abi_version
    function :string, %i[strerror cookie_reason_text], :int
    function :pointer, %i[new buffer_new jar_new]
    function :void, :free, :pointer, blocking: true
    function :void, %i[request_free response_free html_free jar_free buffer_free strings_free value_free matches_free
                       cookies_free], :pointer
    function :pointer, :buffer_data, :pointer, :pointer
    function :int, :submit, :pointer, :pointer, :pointer, :pointer
    function :pointer, :next, :pointer, :int64
    function :pointer, :wait, :pointer, :uint64, :int64, blocking: true
    function :int, :fd, :pointer
    function :int, :cancel, :pointer, :uint64
    function :size_t, :outstanding, :pointer
    function :pointer, :jar, :pointer
    function :int, :set_jar, :pointer, :pointer
    function :int, :set_base_url, :pointer, :string
    ["", "request_"].each do |prefix|
      function :int, %w[header param auth_basic].map { |name| "#{prefix}set_#{name}" }, :pointer, :string, :string
      function :int, %w[auth_bearer proxy].map { |name| "#{prefix}set_#{name}" }, :pointer, :string
      function :int, %w[timeout connect_timeout read_timeout].map { |name| "#{prefix}set_#{name}_ms" }, :pointer,
               :int64
      function :int, "#{prefix}set_verify", :pointer, :int
    end
    function :pointer, :request_new, :string, :string
    function :int, %i[request_add_header request_add_param request_add_field request_set_cookie], :pointer, :string,
             :string
    function :int, :request_set_body, :pointer, :string, :buffer_in, :size_t
    function :int, :request_set_json, :pointer, :string
    function :int, :request_set_streamed, :pointer, :int
    function :int, :request_set_output_file, :pointer, :string, :int
    function :int, %i[request_error response_error response_ok response_status response_is_streamed strings_error
                      value_error matches_error value_type value_boolean], :pointer
    function :string, %i[request_error_message response_error_message response_url response_reason strings_error_message
                         value_error_message matches_error_message], :pointer
    function :size_t, %i[response_header_count response_history_count strings_count value_count jar_count
                         cookies_count], :pointer
    function :string, :response_header, :pointer, :string, :pointer
    function :int, :response_header_at, :pointer, :size_t, :pointer, :pointer
    function :uint64, :response_id, :pointer
    function :pointer, :response_userdata, :pointer
    function :pointer, :response_body, :pointer, :pointer
    function :pointer, :response_text, :pointer, :pointer, blocking: true
    function :pointer, :response_html, :pointer, blocking: true
    function :int, %i[response_html_error response_failure response_json response_read_line html_title html_next_url
                      matches_json], :pointer, :pointer, blocking: true
    function :int64, :response_read, :pointer, :pointer, :size_t, blocking: true
    function :int64, :response_available, :pointer
    function :int, :node_text, :pointer, :uint32, :pointer, blocking: true
    function :int, :html_extract, :pointer, :string, :pointer, blocking: true
    function :pointer, %i[html_find_values html_xpath], :pointer, :uint32, :string, blocking: true
    function :pointer, :html_links, :pointer, :uint32, :uint32, blocking: true
    function :pointer, :html_search, :pointer, :uint32, :string, :uint32, blocking: true
    function :pointer, %i[strings_at value_item_text cookies_name cookies_value], :pointer, :size_t, :pointer
    function :double, :value_number, :pointer
    function :pointer, :value_string, :pointer, :pointer
    function :int, :jar_clear, :pointer
    function :int, :jar_set, :pointer, :string, :string, :string, :string, :int64, :uint32, :pointer
    function :pointer, :jar_explain, :pointer, :string, :uint32, :string
    function :int, :jar_load, :pointer, :string, :int, :uint32, :pointer, :pointer, blocking: true
    function :int, :jar_save, :pointer, :string, :int, :pointer, blocking: true
    function :int, :cookies_reason, :pointer, :size_t
    if session_abi_version != ABI
      raise LoadError, "libhtmlsession has ABI #{session_abi_version}, this file needs #{ABI}"
    end

    # An object of the library, freed once. ffi's AutoPointer frees first and forgets the pointer then: an
    # interrupt in between has it freed again. Here it is given up first, and may at worst be left over.
    class Owned < FFI::Pointer
      def initialize(pointer, function)
        super(pointer)
        @releaser = Releaser.new(pointer, function)
        ObjectSpace.define_finalizer(self, @releaser)
      end

      def free = @releaser.call
    end

    # What does not keep the Owned itself from being collected.
    class Releaser
      def initialize(pointer, function)
        @pointer = pointer
        @function = function
      end

      def call(*)
        pointer, @pointer = @pointer, nil
        @function.call(pointer) if pointer
      end
    end
    private_constant :Releaser

    class << self
      # Timeout, Thread#raise and Thread#kill have to wait for the end of the block, so that nothing is lost
      # between a call and what is done about its result. Ctrl-C does not wait.
      def masked(&block) = Thread.handle_interrupt(Object => :never, &block)

      # A text for C; nil is NULL.
      def c(value)
        value = value&.to_s
        value.nil? || value.encoding == Encoding::BINARY ? value : value.encode(Encoding::UTF_8)
      end

      def ms(seconds)
        return -1 if seconds.nil?
        raise TypeError, "#{seconds.class} instead of seconds" unless seconds.is_a?(Numeric)
        raise ArgumentError, "a time of #{seconds} seconds" unless seconds >= 0

        seconds == Float::INFINITY ? -1 : (seconds * 1000).ceil
      end

      # What servers send in headers need not be UTF-8; it is binary then.
      def utf8(text)
        text = text&.dup&.force_encoding(Encoding::UTF_8)
        text.nil? || text.valid_encoding? ? text : text.b
      end

      # A text for C as a message names it.
      def shown(text) = text.to_s.dup.force_encoding(Encoding::UTF_8).scrub

      # An object of the library; with a block it is freed behind it. To be masked together with the call
      # that made it.
      def own(kind, pointer)
        raise NoMemoryError, "libhtmlsession made no object" if pointer.null?

        pointer = Owned.new(pointer, method(:"session_#{kind}free"))
        return pointer unless block_given?

        begin
          yield pointer
        ensure
          pointer.free
        end
      end

      # A copy of the bytes that an object lends.
      def lent(name, *arguments)
        length = FFI::MemoryPointer.new(:size_t)
        data = public_send(:"session_#{name}", *arguments, length)
        data.null? ? nil : data.read_bytes(length.read(:size_t)).force_encoding(Encoding::UTF_8)
      end

      # What a function writes into a buffer: its result or, where it fails, the message.
      def written(name, *arguments)
        own(:buffer_, session_buffer_new) do |buffer|
          code = public_send(:"session_#{name}", *arguments, buffer)
          text = lent(:buffer_data, buffer)
          Error.check(code, text)
          text
        end
      end

      # Yields the result of a query, unless it carries an error.
      def asked(kind, pointer)
        own(:"#{kind}_", pointer) do |result|
          Error.check(*%w[error error_message].map { |what| public_send(:"session_#{kind}_#{what}", result) })
          yield result
        end
      end

      # The texts of a result.
      def texts(kind, pointer)
        asked(kind, pointer) do |result|
          Array.new(session_strings_count(result)) { |index| lent(:strings_at, result, index) }
        end
      end
    end
  end

  # What went wrong: the number of a session_code, and one line that names the offender.
  class Error < StandardError
    attr_reader :code

    def initialize(code, message = nil)
      @code = code
      super(message.to_s.empty? ? Native.session_strerror(code) : message)
    end

    # Raises the class of the code's block, unless the code is 0.
    def self.check(code, message = nil, about: nil)
      return if code.zero?

      message = Native.session_strerror(code) if message.to_s.empty?
      message = message.dup.force_encoding(Encoding::UTF_8)
      raise FAMILIES.fetch(code / 100, Error).new(code, about ? "#{about}: #{message}" : message)
    end
  end
  RequestError = Class.new(Error)    # the request cannot be made (codes 1xx)
  ConnectionError = Class.new(Error) # no connection, or it broke (2xx)
  Timeout = Class.new(Error)         # a time-out passed (3xx)
  ResponseError = Class.new(Error)   # the response cannot be used, or has a status of 400 and more (4xx)
  QueryError = Class.new(Error)      # the question to a page is wrong (5xx)
  CookieError = Class.new(Error)     # a cookie or a cookie file was refused (6xx)
  Error::FAMILIES = { 1 => RequestError, 2 => ConnectionError, 3 => Timeout, 4 => ResponseError,
                      5 => QueryError, 6 => CookieError }.freeze

  # Owns one handle of the library, and frees it exactly once: when it is closed and the last call on
  # it has ended. PREFIX is that of its functions.
  class Handle
    LOCK = Mutex.new # held for moments only, so one is enough
    private_constant :LOCK

    # A new one, which with a block is closed behind it.
    def self.open(*arguments, **options, &block)
      handle = new(*arguments, **options)
      block ? handle.close_after(&block) : handle
    end

    # The block makes it.
    def initialize
      @users = 0
      @closed = false
      @pointer = Native.masked { Native.own(self.class::PREFIX, yield) }
    end

    def initialize_copy(_) = raise(TypeError, "#{self.class} has no copies")
    def marshal_dump = raise(TypeError, "#{self.class} has no copies")

    def close = Native.masked { release { @closed = true } }
    def closed? = @closed

    # Yields itself, and closes behind the block.
    def close_after
      yield self
    ensure
      close
    end

    # Yields the pointer for a call, which no interrupt ends but Ctrl-C: C must return soon.
    def use
      Native.masked do
        used = false
        begin
          LOCK.synchronize do
            raise IOError, "#{self.class} is closed" if @closed

            @users += 1
            used = true
          end
          yield @pointer
        ensure
          release { @users -= 1 } if used
        end
      end
    end

    private

    def release
      unused = LOCK.synchronize do
        yield
        next unless @closed && @users.zero?

        pointer, @pointer = @pointer, nil
        pointer
      end
      unused&.free
      nil
    end

    # A call; what becomes of its result in the block is as safe from interrupts as itself.
    def call(name, *arguments)
      use do |pointer|
        result = Native.public_send(:"session_#{self.class::PREFIX}#{name}", pointer, *arguments)
        block_given? ? yield(result) : result
      end
    end

    def lent(name) = use { |pointer| Native.lent("#{self.class::PREFIX}#{name}", pointer) }
    def written(name, *more) = use { |pointer| Native.written("#{self.class::PREFIX}#{name}", pointer, *more) }
  end

  # A page.
  class Html < Handle
    PREFIX = "html_"
    LINKS_ABSOLUTE = 1
    SEARCH_ALL = 1
    SEARCH_TEXT = 2
    SEARCH_CASE = 8
    NODES, STRING, NUMBER = 1, 2, 3 # the types of an XPath value; the fourth is boolean
    private_constant :LINKS_ABSOLUTE, :SEARCH_ALL, :SEARCH_TEXT, :SEARCH_CASE, :NODES, :STRING, :NUMBER

    def initialize(pointer) = super() { pointer }
    def title = written(:title)

    # The whole page as a reader sees it.
    def text = use { |pointer| Native.written(:node_text, pointer, 0) }

    # The texts that a selector matches, or with ::attr(name) the attributes.
    def find(css) = call(:find_values, 0, Native.c(css)) { |found| Native.texts(:strings, found) }

    # The value of an XPath expression: a String, Float, true or false, of nodes the Array of their texts.
    def xpath(expression)
      call(:xpath, 0, Native.c(expression)) do |result|
        Native.asked(:value, result) do |value|
          case Native.session_value_type(value)
          when NODES then nodes(value)
          when STRING then Native.lent(:value_string, value)
          when NUMBER then Native.session_value_number(value)
          else Native.session_value_boolean(value) == 1
          end
        end
      end
    end

    # The first match of a search template as a Hash, its fields in "fixed" (an Array) and "named" (a Hash);
    # nil if there is none. It is looked for in the HTML, with `text` in the text as a reader sees it;
    # with `match_case` "A" is not "a".
    def search(template, **options) = matches(template, 0, **options).first

    # All matches; else as #search.
    def search_all(template, **options) = matches(template, SEARCH_ALL, **options)

    # What an extraction specification finds, both as Hashes: { "title" => "h1", "names" => ["li"] }.
    def extract(spec) = JSON.parse(written(:extract, JSON.generate(spec)))

    # The absolute URLs that the page links to.
    def links = call(:links, 0, LINKS_ABSOLUTE) { |links| Native.texts(:strings, links) }

    # The address of the next page, nil on the last.
    def next_url = written(:next_url).then { |url| url unless url.empty? }

    private

    def nodes(value)
      Array.new(Native.session_value_count(value)) do |index|
        Native.lent(:value_item_text, value, index) or raise NoMemoryError, "the nodes' texts are too long together"
      end
    end

    def matches(template, flags, text: false, match_case: false)
      flags |= (text ? SEARCH_TEXT : 0) | (match_case ? SEARCH_CASE : 0)
      json = call(:search, 0, Native.c(template), flags) do |result|
        Native.asked(:matches, result) { |found| Native.written(:matches_json, found) }
      end
      JSON.parse(json)
    end
  end

  # The end of a request, whatever became of it.
  class Response < Handle
    PREFIX = "response_"
    attr_reader :id

    def initialize(pointer, session)
      super() { pointer }
      @session = session # lives as long as the body is still to be read
      @id = call(:id)
      @streamed = call(:is_streamed) == 1
    end

    def ok? = call(:ok) == 1
    def status = call(:status)
    def reason = Native.utf8(call(:reason))
    def url = Native.utf8(call(:url))
    def redirects = call(:history_count)
    def body = lent(:body)&.force_encoding(Encoding::BINARY)
    def text = lent(:text)
    alias to_s text

    # Raises JSON::ParserError if the body is no JSON.
    def json = JSON.parse(written(:json))

    # All header fields in the order received, as pairs of name and value.
    def headers
      field = FFI::MemoryPointer.new(:pointer, 2)
      use do |pointer|
        Array.new(Native.session_response_header_count(pointer)) do |index|
          Error.check(Native.session_response_header_at(pointer, index, field, field + FFI::Pointer::SIZE))
          field.read_array_of_pointer(2).map { |text| Native.utf8(text.read_string) }
        end
      end
    end

    # The first value of a header, whatever the case of its name; nil if there is none.
    def header(name) = Native.utf8(call(:header, Native.c(name), nil))

    # The body as a page, which with a block is closed behind it. Raises what went wrong with the transfer;
    # with check: false the page is made of what had come until then.
    def html(check: true, &block)
      self.check if check
      written(:html_error)
      page = call(:html) { |pointer| Html.new(pointer) }
      block ? page.close_after(&block) : page
    end

    # The body in pieces, while it comes if the request was streamed.
    def each_chunk(size = 65_536)
      raise ArgumentError, "pieces of #{size.inspect} bytes" unless size.is_a?(Integer) && size.positive?
      return enum_for(:each_chunk, size) unless block_given?

      piece = FFI::MemoryPointer.new(:char, size)
      while (count = read(:read, piece, size) { call(:available).zero? }).positive?
        yield piece.read_bytes(count)
      end
    end

    # The body's lines, without their ends.
    def each_line
      return enum_for(:each_line) unless block_given?

      buffer = Native.masked { Native.own(:buffer_, Native.session_buffer_new) }
      # What is there may be but the beginning of a line.
      lines = -> { read(:read_line, buffer) { @streamed && !call(:available).negative? } }
      yield Native.lent(:buffer_data, buffer) while lines.call.positive?
    end

    # Raises what went wrong with the transfer; a status of 400 and more is no error.
    def check
      Error.check(call(:error), call(:error_message))
      self
    end

    # The same, and a status of 400 and more is an error too (408, a ResponseError).
    def check_status
      written(:failure)
      self
    end

    # Frees the response. A transfer that still goes on is cancelled, and who waits for more of it told.
    def close
      super
      stop if @streamed
    end

    private

    # A read, which returns a number, or an error's code with a minus. The block tells whether it may wait.
    def read(name, *arguments)
      count = yield ? aside { call(name, *arguments) } : call(name, *arguments)
      Error.check(-count, call(:error_message)) if count.negative?
      count
    end

    # Another thread waits, for this one can be interrupted only while it is in Ruby.
    def aside
      reader = Thread.new do
        Thread.current.report_on_exception = false
        yield
      end
      reader.value
    ensure
      stop if reader&.alive?
    end

    def stop
      @session.cancel(@id)
    rescue IOError, Error
      nil # with its session the transfer is at its end; in a child process it is the parent's
    end
  end

  # What sessions and requests have in common.
  class Settings < Handle
    ONE = ->(value) { [Native.c(value)] }
    FLAG = ->(value) { [value ? 1 : 0] }
    # nil, which a program may have got by mistake, must not switch certificates off.
    VERIFY = ->(value) { [{ true => 1, false => 0 }.fetch(value) { raise TypeError, "verify is true or false" }] }
    PAIR = lambda do |pair|
      pair = [nil, nil] if pair.nil?
      raise TypeError, "auth is a pair of user and password" unless pair.is_a?(Array) && pair.size == 2

      pair.map { |text| Native.c(text) }
    end
    TIME = ->(seconds) { [Native.ms(seconds)] }
    VALUES = {
      auth: [:set_auth_basic, PAIR], bearer: [:set_auth_bearer, ONE], proxy: [:set_proxy, ONE],
      verify: [:set_verify, VERIFY],
      timeout: [:set_timeout_ms, TIME], connect_timeout: [:set_connect_timeout_ms, TIME],
      read_timeout: [:set_read_timeout_ms, TIME]
    }.freeze
    private_constant :ONE, :FLAG, :VERIFY, :PAIR, :TIME

    # Changes settings by their names. A request's stand above its session's.
    #
    # headers::    in place of the default ones; with the value nil no such header is sent
    # params::     of the query, behind those of the URL; nil takes the session's back
    # auth::       [user, password] for HTTP Basic; nil takes credentials of any kind back
    # bearer::     a token; nil as for auth
    # timeout::    seconds for the whole request; connect_timeout, read_timeout for parts of it
    # proxy::      a URL; nil: no proxy, whatever the environment says
    # verify::     false: certificates are not looked at
    # base_url::   (session) what relative URLs are resolved against
    # fields::     (request) of a form, which become the body
    # json::       (request) what is to be the body as JSON
    # cookies::    (request) sent with this request alone
    # stream::     (request) the response comes with its head, its body is read while it comes
    #
    # headers, params, fields and cookies are Hashes or pairs; in a request an Array stands for several
    # values of a name. Symbols and numbers are written out.
    def set(**options)
      options.each do |option, value|
        if (functions = self.class::LISTS[option])
          set_pairs(*functions, value)
        elsif (function, convert = self.class::VALUES[option])
          Error.check(call(function, *convert.(value)), about: option)
        else
          raise ArgumentError, "#{self.class} has no option #{option}"
        end
      end
      self
    end

    private

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

          Error.check(call(function, name, Native.c(value)), about: "#{kind} \"#{Native.shown(name)}\"")
        end
      end
    end
  end

  # A request that can be sent or submitted any number of times.
  class Request < Settings
    PREFIX = "request_"
    LISTS = { headers: %i[set_header add_header], params: %i[set_param add_param], fields: %i[add_field add_field],
              cookies: %i[set_cookie set_cookie] }.freeze
    VALUES = VALUES.merge(json: [:set_json, ->(value) { [JSON.generate(value)] }], stream: [:set_streamed, FLAG]).freeze

    # The body is a String. With output_file what comes goes into a file, and with resume a broken download
    # is gone on with. Further options as for #set.
    def initialize(method, url, body: nil, content_type: nil, output_file: nil, resume: true, **options)
      super() { Native.session_request_new(Native.c(method), Native.c(url)) }
      Error.check(call(:error), call(:error_message))
      unless body.nil?
        bytes = String.try_convert(body) or raise TypeError, "#{body.class} instead of a String as the body"
        Error.check(call(:set_body, Native.c(content_type), bytes, bytes.bytesize), about: "body")
      end
      Error.check(call(:set_output_file, Native.c(output_file), resume ? 1 : 0), about: "output_file") if output_file
      set(**options)
    end
  end

  # A cookie jar; any number of sessions may share one.
  class Jar < Handle
    PREFIX = "jar_"
    SENT = 10
    private_constant :SENT

    def initialize(pointer = nil) = super() { pointer || Native.session_jar_new }
    def size = call(:count)
    def clear = Error.check(call(:clear))

    # Sets a cookie of a host. expires is a Time; nil: when the session ends.
    def set(name, value, domain, path: "/", expires: nil, secure: false, http_only: false, subdomains: false)
      flags = (secure ? 1 : 0) | (http_only ? 2 : 0) | (subdomains ? 4 : 0)
      reason = FFI::MemoryPointer.new(:int)
      texts = [domain, path, name, value].map { |text| Native.c(text) }
      expires &&= (expires.to_r * 1000).ceil
      expires = 1 if expires == 0 # which is no time in C
      code = call(:set, *texts, expires || 0, flags, reason)
      reason = Native.session_cookie_reason_text(reason.read(:int))
      Error.check(code, reason, about: "cookie \"#{Native.shown(texts[2])}\"")
    end

    # The cookies that a request to this URL sends, as pairs of name and value in the order of the header.
    def cookies(url)
      url = Native.c(url)
      call(:explain, url, 0, nil) do |pointer|
        raise RequestError.new(100, "no cookies for \"#{Native.shown(url)}\"") if pointer.null?

        Native.own(:cookies_, pointer) do |cookies|
          all = Native.session_cookies_count(cookies).times
          sent = all.select { |at| Native.session_cookies_reason(cookies, at) == SENT }
          sent.map { |at| %i[cookies_name cookies_value].map { |of| Native.utf8(Native.lent(of, cookies, at)) } }
        end
      end
    end

    # Adds the cookies of a file (Netscape's cookies.txt, or JSON) and returns how many.
    def load(path)
      count = FFI::MemoryPointer.new(:size_t)
      written(:load, Native.c(path), 0, 0, count)
      count.read(:size_t)
    end

    # Saves the cookies: as JSON if the name ends in ".json", else as cookies.txt. Returns how many.
    def save(path)
      count = FFI::MemoryPointer.new(:size_t)
      path = Native.c(path)
      Error.check(call(:save, path, 0, count), about: Native.shown(path))
      count.read(:size_t)
    end
  end

  # Cookies, connections and defaults that requests share.
  class Session < Settings
    PREFIX = ""
    LISTS = { headers: [:set_header, nil], params: [:set_param, nil] }.freeze
    VALUES = VALUES.merge(base_url: [:set_base_url, ONE]).freeze
    OURS = FFI::Pointer.new(1) # the userdata of requests that #perform waits for
    private_constant :OURS

    # Options as for #set.
    def initialize(**options)
      super() { Native.session_new }
      @process = Process.pid
      @lock = Mutex.new
      @arrived = {} # what #next got from the library and #perform is to have, by its id
      @kept = [] # what an interrupted #next could not hand out
      @submitted = 0
      set(**options)
    end

    def jar = call(:jar) { |pointer| Jar.new(pointer) }

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

    # Sends a request and waits for its response.
    def perform(request)
      Native.masked do
        response = nil
        id = FFI::MemoryPointer.new(:uint64)
        begin
          enqueue(request, OURS, id)
          until response
            Thread.handle_interrupt(Object => :immediate) { Thread.pass }
            pointer = obtain(id.read(:uint64), SLICE)
            response = Response.new(pointer, self) unless pointer.null?
          end
          response
        ensure
          forget(id.read(:uint64)) unless response || closed?
        end
      end
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

        left = last ? last - now : 1
        return unless left.positive? && outstanding.positive?

        wait([left, SLICE / 1000.0].min)
      end
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
    def cancel(id = 0) = Error.check(call(:cancel, id))

    private

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    # A response for #next, which is there already; nil if there is none.
    def take
      use { nil } # raises if closed
      kept = @lock.synchronize { @kept.shift } and return kept
      until (pointer = call(:next, 0)).null?
        if Native.session_response_userdata(pointer).null?
          @lock.synchronize { @submitted -= 1 }
          return Response.new(pointer, self)
        end
        @lock.synchronize { @arrived[Native.session_response_id(pointer)] = pointer }
      end
    end

    def wait(seconds)
      IO.select([self], nil, nil, seconds)
    rescue IOError, Errno::EBADF
      use { raise } # that it is closed, if another thread did that meanwhile
    end

    def descriptor
      fd = call(:fd)
      fd.negative? ? raise(IOError, "no descriptor left") : fd
    end

    # The id is written in C, so that it is known whatever interrupts this; 0 if nothing began.
    def enqueue(request, userdata, id)
      raise TypeError, "#{request.class} instead of a Request" unless request.is_a?(Request)

      request.use { |pointer| Error.check(call(:submit, pointer, userdata, id)) }
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
end
