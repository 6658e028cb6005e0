#include "tests/unit/lib/http/tls_server.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdlib>

namespace vexaa::http {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using CertPtr = std::unique_ptr<X509, decltype(&X509_free)>;

void Must(bool ok) {
  if (!ok) std::abort();
}

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

BioPtr Memory(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                BIO_free);
}

CertPtr ReadCertificate(const std::string& pem) {
  return CertPtr(
      PEM_read_bio_X509(Memory(pem).get(), nullptr, nullptr, nullptr),
      X509_free);
}

void AddExtension(X509* cert, int kind, const std::string& value) {
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  Must(extension != nullptr && X509_add_ext(cert, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

}  // namespace

Certificate MakeCertificate(const std::string& ip_address) {
  KeyPtr key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  CertPtr cert(X509_new(), X509_free);
  X509_set_version(cert.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), 3600);
  X509_set_pubkey(cert.get(), key.get());
  X509_NAME* name = X509_get_subject_name(cert.get());
  Must(X509_NAME_add_entry_by_txt(
           name, "CN", MBSTRING_ASC,
           reinterpret_cast<const unsigned char*>("vexaa test"), -1, -1,
           0) == 1);
  X509_set_issuer_name(cert.get(), name);
  AddExtension(cert.get(), NID_subject_alt_name, "IP:" + ip_address);
  AddExtension(cert.get(), NID_basic_constraints, "critical,CA:TRUE");
  Must(X509_sign(cert.get(), key.get(), EVP_sha256()) > 0);
  BioPtr cert_text(BIO_new(BIO_s_mem()), BIO_free);
  BioPtr key_text(BIO_new(BIO_s_mem()), BIO_free);
  Must(PEM_write_bio_X509(cert_text.get(), cert.get()) == 1);
  Must(PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0,
                                nullptr, nullptr) == 1);
  return {TextOf(cert_text.get()), TextOf(key_text.get())};
}

struct TlsServer::Context {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> ssl{
      SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
};

TlsServer::TlsServer(const Certificate& own, const std::string& client_ca_pem,
                     std::string body)
    : context_(std::make_unique<Context>()),
      body_(std::move(body)),
      server_([this](Connection& connection) { Serve(connection); }) {
  SSL_CTX* ssl = context_->ssl.get();
  KeyPtr key(PEM_read_bio_PrivateKey(Memory(own.key_pem).get(), nullptr,
                                     nullptr, nullptr),
             EVP_PKEY_free);
  Must(SSL_CTX_use_certificate(ssl, ReadCertificate(own.pem).get()) == 1);
  Must(SSL_CTX_use_PrivateKey(ssl, key.get()) == 1);
  if (client_ca_pem.empty()) return;
  Must(X509_STORE_add_cert(SSL_CTX_get_cert_store(ssl),
                           ReadCertificate(client_ca_pem).get()) == 1);
  SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     nullptr);
}

TlsServer::~TlsServer() = default;

std::string TlsServer::url() const { return "https" + server_.url().substr(4); }

void TlsServer::Serve(Connection& connection) {
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_->ssl.get()),
                                                SSL_free);
  SSL_set_fd(ssl.get(), connection.fd());
  if (SSL_accept(ssl.get()) != 1) return;
  char request[65536];
  if (SSL_read(ssl.get(), request, sizeof(request)) <= 0) return;
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body_.size()) +
      "\r\n\r\n" + body_;
  (void)SSL_write(ssl.get(), answer.data(), static_cast<int>(answer.size()));
  SSL_shutdown(ssl.get());
}

}  // namespace vexaa::http
