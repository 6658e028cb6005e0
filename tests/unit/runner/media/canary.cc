#include "tests/unit/runner/media/canary.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace vexaa::media {
namespace {

int Good(int result) {
  if (result < 0) throw std::runtime_error("no canary");
  return result;
}

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

}  // namespace

CanaryTrap::CanaryTrap() {
  MakeFile();
  Listen();
  canary_.url = "http://127.0.0.1:" + std::to_string(canary_.port) + "/canary";
}

CanaryTrap::~CanaryTrap() { ::unlink(canary_.path.c_str()); }

void CanaryTrap::MakeFile() {
  std::string path = "/tmp/vexaa-canary.XXXXXX";
  base::UniqueFd file(Good(::mkstemp(path.data())));
  Good(static_cast<int>(::write(file.get(), "canary\n", 7)));
  canary_.path = path;
  file = base::UniqueFd();
  watch_ = base::UniqueFd(Good(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)));
  Good(::inotify_add_watch(watch_.get(), path.c_str(), IN_OPEN | IN_ACCESS));
}

void CanaryTrap::Listen() {
  listener_ = base::UniqueFd(
      Good(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)));
  sockaddr_in address = Loopback(0);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  Good(::bind(listener_.get(), any, size));
  Good(::listen(listener_.get(), 8));
  Good(::getsockname(listener_.get(), any, &size));
  canary_.port = ntohs(address.sin_port);
  receiver_ = base::UniqueFd(
      Good(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)));
  // Somebody else's port of that number is no harm.
  (void)::bind(receiver_.get(), any, sizeof address);
}

std::string CanaryTrap::Touched() {
  std::array<char, 4096> buffer;
  if (::read(watch_.get(), buffer.data(), buffer.size()) > 0) return "the file";
  base::UniqueFd caller(::accept(listener_.get(), nullptr, nullptr));
  if (caller.valid() ||
      ::recv(receiver_.get(), buffer.data(), buffer.size(), 0) >= 0)
    return "the port";
  return "";
}

}  // namespace vexaa::media
