# The Ruby side of benches/job.rs: `job_peer.rb mechanize BASE COUNT`, as job_peers.py.
require "mechanize"

_, base, count = ARGV
agent = Mechanize.new
agent.max_history = 1

def absolute(page, link)
  page.uri.merge(link.href) if link.href
rescue URI::Error
  nil
end

while $stdin.gets
  cpu = -> { Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :nanosecond) }
  start = cpu.call
  found = count.to_i.times.sum do |number|
    page = agent.get("#{base}#{number}")
    page.links.filter_map { |link| absolute(page, link) }.size + (page.title.to_s.empty? ? 0 : 1)
  end
  puts "#{found} #{cpu.call - start}"
  $stdout.flush
end
