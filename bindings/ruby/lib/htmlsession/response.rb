# frozen_string_literal: true

module HTMLSession
  # What a response and the hops before it have in common.
  module Answer
    STATE = 4
    private_constant :STATE

    def ok? = call(:ok) == 1

    # What went wrong with the transfer, as the Error that #check would raise; nil if nothing did.
    def error
      check
      nil
    rescue Error => e
      e
    end

    def status = call(:status)
    def reason = Native.utf8(call(:reason))
    def url = Native.utf8(call(:url))
    def request_method = Native.utf8(call(:method)) # #method is Ruby's own

    # How many seconds it took; a response, with all hops before it.
    def elapsed = call(:timing_us, self.class::TIMING) / 1e6

    # The body; this and whatever else is made of it raises what went wrong with the transfer.
    def body = whole { partial_body }

    # What came of the body, whatever became of the rest.
    def partial_body = lent(:body).force_encoding(Encoding::BINARY)

    def text = whole { lent(:text) }
    alias to_s text

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

    # Raises what went wrong with the transfer; a status of 400 and more is no error.
    def check
      Error.check(call(:error), call(:error_message))
      self
    end

    # A query may hold secrets.
    def inspect = closed? ? "#<#{self.class} closed>" : "#<#{self.class} #{status} #{url[/[^?#]*/]}>"

    private

    # Runs the block if there is a whole body.
    def whole
      check
      Error.check(STATE, "a streamed response is read with each_chunk or each_line") if @streamed
      yield if block_given?
    end
  end

  # A response on the way to another: a redirect, or a challenge that was answered. It is closed with that.
  class Hop
    include Calls
    include Answer

    PREFIX = "response_"
    TIMING = 1

    def initialize(response, index)
      @response = response
      @index = index
    end

    def closed? = @response.closed?
    def use = @response.use { |pointer| yield Native.session_response_history_at(pointer, @index) }
  end

  # The end of a request, whatever became of it.
  class Response < Handle
    include Answer
    include Aside

    PREFIX = "response_"
    TIMING = 0
    attr_reader :id, :cause

    # The cause is what the reader of the request's body raised.
    def initialize(pointer, session, cause = nil)
      super() { pointer }
      @cause = cause
      @session = session # lives as long as the body is still to be read
      @id = call(:id)
      @streamed = call(:is_streamed) == 1
    end

    def check
      super
    rescue Error => e
      raise e, cause: @cause
    end

    def redirects = call(:history_count)

    # The hops before this response, the oldest first.
    def history = Array.new(redirects) { |index| Hop.new(self, index) }

    # Raises JSON::ParserError if the body is no JSON.
    def json = whole { JSON.parse(written(:json)) }

    # The body as a page, which with a block is closed behind it. Raises what went wrong with the transfer;
    # with check: false the page is made of what had come until then.
    def html(check: true, &block)
      whole if check
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

    # The body's lines, without their ends. They are binary as the body is.
    def each_line
      return enum_for(:each_line) unless block_given?

      buffer = Native.masked { Native.own(:buffer_, Native.session_buffer_new) }
      # What is there may be but the beginning of a line.
      lines = -> { read(:read_line, buffer) { @streamed && !call(:available).negative? } }
      yield Native.lent(:buffer_data, buffer).force_encoding(Encoding::BINARY) while lines.call.positive?
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
      count = yield ? aside(->(_) { stop }) { call(name, *arguments) } : call(name, *arguments)
      Error.check(-count, call(:error_message)) if count.negative?
      count
    end

    def stop
      @session.cancel(@id)
    rescue IOError, Error
      nil # with its session the transfer is at its end; in a child process it is the parent's
    end
  end
end
