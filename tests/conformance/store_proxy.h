// A TCP proxy in front of a SQL server that loses one COMMIT or its reply.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "lib/base/unique_fd.h"

namespace vexaa::store {

enum class CommitFault {
  kNone,
  kLoseCommit,  // the server never sees it
  kLoseReply,   // the server commits, the client is cut off
};

class SqlProxy {
 public:
  SqlProxy(const std::string& host, int port);
  ~SqlProxy();
  int port() const { return port_; }
  // The next COMMIT meets this fault; the ones after it do not.
  void Arm(CommitFault fault) { fault_ = fault; }
  bool fired() const { return fault_ == CommitFault::kNone; }

 private:
  void Accept(std::stop_token stop);
  void Serve(std::stop_token stop, base::UniqueFd client);

  const std::string host_;
  const int server_port_;
  base::UniqueFd listener_;
  int port_ = 0;
  std::atomic<CommitFault> fault_ = CommitFault::kNone;
  std::vector<std::jthread> sessions_;  // touched by the acceptor alone
  std::jthread acceptor_;
};

}  // namespace vexaa::store
