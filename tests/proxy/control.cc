#include "tests/proxy/control.h"

#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <istream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace vexaa::proxy {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::Code;
using base::Status;
using boost::system::error_code;
using nlohmann::json;

constexpr size_t kMostLine = 1 << 20;

template <typename T>
T Named(const std::map<std::string, T>& names, const std::string& name) {
  auto found = names.find(name);
  if (found == names.end()) throw std::invalid_argument("unknown: " + name);
  return found->second;
}

const std::map<std::string, FaultKind> kKinds = {
    {"reset", FaultKind::kReset},   {"hold", FaultKind::kHold},
    {"answer", FaultKind::kAnswer}, {"lose_reply", FaultKind::kLoseReply},
    {"edit", FaultKind::kEdit},     {"cut", FaultKind::kCut},
    {"stall", FaultKind::kStall}};
const std::map<std::string, Target> kTargets = {
    {"connection", Target::kConnection},
    {"request", Target::kRequest},
    {"statement", Target::kStatement}};
const std::map<std::string, Way> kWays = {{"up", Way::kUp},
                                          {"down", Way::kDown}};

Fault ToFault(const json& command) {
  Fault fault;
  fault.kind = Named(kKinds, command.at("fault").get<std::string>());
  fault.way = Named(kWays, command.value("way", "down"));
  fault.after = command.value("after", int64_t{0});
  fault.status = command.value("status", 0);
  fault.body = command.value("body", "");
  fault.sql_error = command.value("sql_error", 0);
  const json headers = command.value("headers", json::object());
  for (const auto& [name, value] : headers.items())
    fault.headers.emplace_back(name, value.get<std::string>());
  return fault;
}

Rule ToRule(const json& command) {
  Rule rule;
  rule.target = Named(kTargets, command.at("on").get<std::string>());
  rule.method = command.value("method", "");
  rule.path = command.value("path", "");
  rule.statement = command.value("statement", "");
  rule.skip = command.value("skip", 0);
  rule.count = command.value("count", 1);
  rule.fault = ToFault(command);
  return rule;
}

json ToJson(const ProxyState& state) {
  json met = json::object();
  for (const auto& rule : state.rules) met[std::to_string(rule.id)] = rule.met;
  return {{"met", met},
          {"bytes_up", state.bytes_up},
          {"bytes_down", state.bytes_down},
          {"connections", state.connections},
          {"open_connections", state.open_connections},
          {"stalled_connections", state.stalled_connections}};
}

json ToJson(const std::deque<Seen>& log) {
  json entries = json::array();
  for (const Seen& seen : log)
    entries.push_back({{"what", seen.what},
                       {"text", seen.text},
                       {"at_us", seen.at_us},
                       {"range", seen.range},
                       {"status", seen.status},
                       {"bytes_up", seen.bytes_up},
                       {"bytes_down", seen.bytes_down},
                       {"rule", seen.rule}});
  return {{"log", entries}};
}

void Must(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.message());
}

json SetLink(Core& core, const json& command) {
  LinkOptions link;
  std::chrono::duration<double, std::milli> delay(
      command.value("delay_ms", 0.0));
  link.delay = std::chrono::duration_cast<std::chrono::nanoseconds>(delay);
  link.bits_per_second = command.value("bits_per_second", 0.0);
  core.shared().link.Set(link);
  return json::object();
}

using Handler = json (*)(Core&, const json&);

const std::map<std::string, Handler> kCommands = {
    {"add",
     [](Core& core, const json& command) {
       return json{{"id", core.shared().rules.Add(ToRule(command))}};
     }},
    {"remove",
     [](Core& core, const json& command) {
       core.Remove(command.at("id"));
       return json::object();
     }},
    {"remove_all",
     [](Core& core, const json&) {
       for (const auto& rule : core.State().rules) core.Remove(rule.id);
       return json::object();
     }},
    {"release",
     [](Core& core, const json& command) {
       return json{{"released", core.Release(command.at("id"))}};
     }},
    {"refuse",
     [](Core& core, const json& command) {
       Must(core.Refuse(command.at("on")));
       return json::object();
     }},
    {"pause",
     [](Core& core, const json& command) {
       core.Pause(command.at("on"));
       return json::object();
     }},
    {"reset_all",
     [](Core& core, const json&) {
       core.CloseAll(true);
       return json::object();
     }},
    {"link", SetLink},
    {"state", [](Core& core, const json&) { return ToJson(core.State()); }},
    {"log", [](Core& core, const json&) { return ToJson(core.log()); }},
    {"clear_log",
     [](Core& core, const json&) {
       core.log().clear();
       return json::object();
     }},
    {"quit",
     [](Core&, const json&) {
       return json{{"quit", true}};
     }},
};

}  // namespace

std::string RunCommand(Core& core, const std::string& line) {
  json answer;
  try {
    json command = json::parse(line);
    answer =
        Named(kCommands, command.at("do").get<std::string>())(core, command);
    answer["ok"] = true;
  } catch (const std::exception& error) {
    answer = {{"ok", false}, {"error", error.what()}};
  }
  return answer.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

struct Control::Client {
  explicit Client(tcp::socket accepted)
      : socket(std::move(accepted)), input(kMostLine) {}
  tcp::socket socket;
  asio::streambuf input;
  std::string answer;
};

Control::Control(asio::io_context& io, Core& core,
                 std::function<void()> on_quit)
    : core_(core), on_quit_(std::move(on_quit)), acceptor_(io) {}

Status Control::Start() {
  error_code error;
  tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
  acceptor_.open(any.protocol(), error);
  if (!error) acceptor_.bind(any, error);
  if (!error)
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return Status(Code::kUnavailable, "control port: " + error.message());
  port_ = acceptor_.local_endpoint().port();
  Accept();
  return Status::Ok();
}

void Control::Accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) Read(std::make_shared<Client>(std::move(socket)));
    Accept();
  });
}

void Control::Read(const std::shared_ptr<Client>& client) {
  asio::async_read_until(
      client->socket, client->input, '\n',
      [this, client](error_code error, size_t) {
        if (error) return;
        std::istream input(&client->input);
        std::string line;
        std::getline(input, line);
        client->answer = RunCommand(core_, line);
        bool quit = client->answer.find("\"quit\":true") != std::string::npos;
        asio::async_write(client->socket, asio::buffer(client->answer),
                          [this, client, quit](error_code failed, size_t) {
                            if (quit) return on_quit_();
                            if (!failed) Read(client);
                          });
      });
}

}  // namespace vexaa::proxy
