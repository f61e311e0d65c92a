#include "cluster/link_report.hpp"

#include "base/json_text.hpp"
#include "base/utf8.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>

namespace nova::cluster {
namespace {

constexpr double us_a_ms = 1000;
// Of a reason: the row of the node holds one of each peer.
constexpr size_t why_max = 300;

/// As the kernel has it, of which the C library declares the beginning.
struct whole_tcp_info {
  tcp_info known;
  uint64_t pacing_rate, pacing_rate_max, bytes_acked, bytes_received;
};

} // namespace

wire_figures figures_of(int socket) {
  whole_tcp_info info{};
  socklen_t size = sizeof info;
  if (socket < 0 || ::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
    return {};
  return {info.known.tcpi_rtt / us_a_ms, info.bytes_received, info.bytes_acked};
}

std::string report_of(const std::vector<link_row>& rows) {
  rapidjson::StringBuffer buffer;
  base::json_writer writer{buffer};
  writer.StartObject();
  writer.Key("links");
  writer.StartArray();
  for (const auto& row : rows) {
    writer.StartObject();
    writer.Key("id");
    writer.Int64(row.node);
    writer.Key("peer");
    writer.String(row.peer.c_str());
    writer.Key("address");
    writer.String(row.address.c_str());
    writer.Key("state");
    writer.String(row.state.c_str());
    writer.Key("since");
    writer.Double(std::chrono::duration<double>(row.since.time_since_epoch()).count());
    writer.Key("rtt_ms");
    writer.Double(row.wire.round_trip_ms);
    writer.Key("bytes_in");
    writer.Uint64(row.wire.bytes_in);
    writer.Key("bytes_out");
    writer.Uint64(row.wire.bytes_out);
    writer.Key("failures");
    writer.Uint64(row.failures);
    writer.Key("why");
    writer.String(std::string{base::start_of(row.why, why_max)}.c_str());
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

} // namespace nova::cluster
