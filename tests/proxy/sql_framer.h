// Finds commands in what a MySQL client sends, and the ids that a server gives
// to prepared statements. Thread-compatible.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vexaa::proxy {

struct SqlPacket {
  std::string bytes;      // with its header
  std::string statement;  // of a query or an execution; else empty
  bool is_prepare = false;
};

class SqlFramer {
 public:
  // All packets that are whole now.
  std::vector<SqlPacket> FromClient(std::string_view bytes);
  // Bytes of the server: the first after a prepare hold its id.
  void FromServer(std::string_view bytes);

 private:
  SqlPacket Read(std::string bytes);

  std::string input_;
  std::string preparing_;  // its text
  std::string answer_;     // to the prepare, as far as it is needed
  std::map<uint32_t, std::string> prepared_;
};

// An ERR packet that answers a command.
std::string SqlErrorPacket(int number, const std::string& message);

}  // namespace vexaa::proxy
