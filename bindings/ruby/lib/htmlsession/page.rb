# frozen_string_literal: true

module HTMLSession
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
end
