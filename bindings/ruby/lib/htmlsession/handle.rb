# frozen_string_literal: true

module HTMLSession
  # Calls of functions whose names begin with PREFIX, on what #use yields.
  module Calls
    private

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
  private_constant :Calls

  # Owns one handle of the library, and frees it exactly once: when it is closed and the last call on
  # it has ended. PREFIX is that of its functions.
  class Handle
    include Calls

    LOCK = Mutex.new # held for moments only, so one is enough
    private_constant :LOCK

    # A new one, which with a block is closed behind it.
    def self.open(*arguments, **options, &block)
      handle = new(*arguments, **options)
      block ? handle.close_after(&block) : handle
    end

    # The block makes it.
    def initialize(&block) = adopt(&block)

    private def adopt
      @users = 0
      @closed = false
      @pointer = Native.masked { Native.own(self.class::PREFIX, yield) }
    end

    def initialize_copy(_) = raise(TypeError, "#{self.class} has no copies")
    def marshal_dump = raise(TypeError, "#{self.class} has no copies")

    def close = Native.masked { release { @closed = true } }
    def closed? = @closed
    def inspect = "#<#{self.class}#{' closed' if closed?}>"

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
  end
end
