# frozen_string_literal: true

module HTMLSession
  # What the library calls: readers of bodies, and logs.
  module Callbacks
    KNOWN = {} # what C knows by a number, which is its object's own

    class << self
      # Yields what is to be called as the userdata for a call that sets it with FORGET, also if that fails.
      def given(called)
        Native.masked do
          KNOWN[called.object_id] = called
          yield FFI::Pointer.new(called.object_id)
        end
      rescue StandardError # it did not come to the call
        KNOWN.delete(called.object_id)
        raise
      end

      # Nothing but a result must leave this, for C is behind it: no exception, and no throw, which Timeout makes
      # of its own wherever it can, but a fiber stops. A blocking one no scheduler switches away from.
      # Thread#kill has to wait, for it can not be stopped.
      def guarded(called, failed, &block)
        result = failed
        fiber = Fiber.new(blocking: true) do
          result = Thread.handle_interrupt(Exception => :immediate, &block)
        rescue Exception => e # rubocop:disable Lint/RescueException
          called.failed(e)
        end
        fiber.resume
        # The interrupt mask, which fibers share, is as before only when it has ended.
        fiber.raise(FiberError, "Fiber.yield in what the library calls") while fiber.alive?
      ensure
        return result # rubocop:disable Lint/EnsureReturn -- what a trap handler throws
      end
    end

    READ = FFI::Function.new(:int64, %i[pointer size_t pointer]) do |into, room, number|
      reader = KNOWN[number.address]
      guarded(reader, -1) do
        piece = reader.read(room)
        into.put_bytes(0, piece)
        piece.bytesize
      end
    end

    REWIND = FFI::Function.new(:int, [:pointer]) do |number|
      reader = KNOWN[number.address]
      guarded(reader, 1) do
        reader.rewind
        0
      end
    end

    LOG = FFI::Function.new(:void, %i[int uint64 string string pointer]) do |level, request, event, text, number|
      log = KNOWN[number.address]
      guarded(log, nil) { log.tell(level, request, event, text) }
    end

    FORGET = FFI::Function.new(:void, [:pointer]) { |number| KNOWN.delete(number.address) }

    # A body that is read while it is sent: what has #read, an IO above all.
    class Reader
      attr_reader :length, :error

      def initialize(body)
        raise TypeError, "#{body.class} instead of a String or an IO as the body" unless body.respond_to?(:read)

        @body = body
        @rest = "".b
        @start = place
        @length = @start && measurable? ? [body.size - @start, 0].max : -1
      end

      # Whether it can be read once more.
      def again? = !@start.nil?

      def read(room)
        @rest = more(room) if @rest.empty?
        @rest.slice!(0, room)
      end

      def rewind
        @rest.clear
        @body.pos = @start
      end

      def failed(error)
        @error = error
      end

      def take_error
        error, @error = @error, nil
        error
      end

      private

      # Where it stands, if it can go back there.
      def place
        return unless @body.respond_to?(:pos) && @body.respond_to?(:pos=)

        @body.pos = @body.pos
      rescue SystemCallError
        nil # a pipe
      end

      # Devices tell that they have 0 bytes.
      def measurable? = @body.respond_to?(:size) && (!@body.respond_to?(:stat) || @body.stat.file?)

      # IO#read would wait until there is as much as that.
      def more(room)
        piece = @body.respond_to?(:readpartial) ? @body.readpartial(room) : @body.read(room)
        return "".b if piece.nil?

        String.try_convert(piece)&.b or raise TypeError, "#{piece.class} instead of a String of the body"
      rescue EOFError
        "".b
      end
    end

    # A function that is told what happens.
    class Log
      SEVERITIES = [3, 1, 0].freeze # of Logger: ERROR, INFO, DEBUG

      def initialize(told, errors)
        @told = told
        @errors = errors
      end

      def tell(level, request, event, text)
        @told.call(SEVERITIES[level], request, Native.utf8(event), Native.utf8(text))
      end

      def failed(error) = @errors << error
    end
  end
  private_constant :Callbacks

  # Calls that wait where Ruby cannot interrupt them.
  module Aside
    LEFT = {} # the sessions in which threads wait that were left, by thread
    private_constant :LEFT

    class << self
      attr_reader :ending

      # Ruby does not end before its threads have come back.
      def leave(thread, session)
        LEFT.delete_if { |left, _| !left.alive? }
        LEFT[thread] = session
        cancel_all if ending
      end

      def end_all
        @ending = true
        cancel_all
      end

      private

      def cancel_all
        LEFT.each { |thread, session| session.cancel if thread.alive? }
      rescue IOError, Error
        nil # it is at its end
      end
    end

    private

    # Another thread waits, for this one can be interrupted only while it is in Ruby. The left proc gets a
    # thread that is still at it then.
    def aside(left)
      waiter = Thread.new do
        Thread.current.report_on_exception = false
        yield
      end
      waiter.value
    ensure
      left.(waiter) if waiter&.alive?
    end
  end
  private_constant :Aside
  at_exit { Aside.end_all }
end
