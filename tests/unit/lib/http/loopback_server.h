// A raw TCP server on a free loopback port for tests of HTTP clients: each
// accepted connection is handled by `serve` on a thread of its own. Stops and
// joins in its destructor.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "lib/base/unique_fd.h"

namespace vexaa::http {

// One accepted connection, blocking.
class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  // One request with its body; empty when the client closed.
  std::string ReadRequest();
  void Write(std::string_view data);
  // Waits until the client goes away.
  void WaitForClose();
  int fd() const { return fd_; }

 private:
  int fd_;
  std::string buffered_;
};

class LoopbackServer {
 public:
  explicit LoopbackServer(std::function<void(Connection&)> serve);
  ~LoopbackServer();
  std::string url() const;
  int connections() const { return connections_; }

 private:
  void Accept();
  void Handle(int fd);

  std::function<void(Connection&)> serve_;
  base::UniqueFd listener_;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::list<int> open_;               // guarded by mutex_
  std::list<std::jthread> handlers_;  // guarded by mutex_
  std::jthread acceptor_;
};

}  // namespace vexaa::http
