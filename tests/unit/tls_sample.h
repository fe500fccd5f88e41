/*
 * tls_sample: two self-signed certificates for tests of lib/http and lib/httpd,
 * for 127.0.0.1 and localhost: one good from 2020 to 2120, one that ended in 2019.
 * Test material: nothing else trusts these keys.
 */
#ifndef KK_TESTS_UNIT_TLS_SAMPLE_H
#define KK_TESTS_UNIT_TLS_SAMPLE_H

static const char tls_good_cert[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBTjCB9aADAgECAgEBMAoGCCqGSM49BAMCMBYxFDASBgNVBAMMC2tpZW1rZSB0\n"
    "ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAWMRQwEgYDVQQD\n"
    "DAtraWVta2UgdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDprkQsSMmiK\n"
    "XTDLlRsS9M98y1KrwtcJKoFxZk6jgebZnGoIXZltDJnwe3+iyTFthsuD5FYx5a9P\n"
    "6JmIXoXajrqjMjAwMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATASBgNVHRMB\n"
    "Af8ECDAGAQH/AgEAMAoGCCqGSM49BAMCA0gAMEUCID5MWnX21sNr9SyDYdM/uoqC\n"
    "s+YPBdgxhL1NQ62Q3pJJAiEA2qUz1OvtlAWm9G7HHutvsbPDt6OEcInCh3IiFIbO\n"
    "5H0=\n"
    "-----END CERTIFICATE-----\n";
static const char tls_good_key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggUnINTIyB+7NHl5w\n"
    "bCxehv86gwzpdY835eM0alB0MzWhRANCAAQ6a5ELEjJoil0wy5UbEvTPfMtSq8LX\n"
    "CSqBcWZOo4Hm2ZxqCF2ZbQyZ8Ht/oskxbYbLg+RWMeWvT+iZiF6F2o66\n"
    "-----END PRIVATE KEY-----\n";
static const char tls_good_pin[] = "sha256//jGXtdkL55MyTtHZ1tugC/yRODQHBhlzENUq95r0oMEM=";

static const char tls_ended_cert[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBTDCB86ADAgECAgECMAoGCCqGSM49BAMCMBYxFDASBgNVBAMMC2tpZW1rZSB0\n"
    "ZXN0MB4XDTE4MDEwMTAwMDAwMFoXDTE5MDEwMTAwMDAwMFowFjEUMBIGA1UEAwwL\n"
    "a2llbWtlIHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATamtEebEEkvjj4\n"
    "zOscRZ4c3v+HiYqxoUrIKve8/TiwFLfbok1yFsO+wZY0DzbxvyTnIYGGEgJw6+5k\n"
    "OoqM4Z6AozIwMDAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwEgYDVR0TAQH/\n"
    "BAgwBgEB/wIBADAKBggqhkjOPQQDAgNIADBFAiEApigF4chqp2/MKQAlkxbNwWyi\n"
    "6hdZRVIXDT9inCVYPQUCIDHH+P5THP/LqNQe+7DpD59qNihhV1nNeC0W2JsI/vLt\n"
    "-----END CERTIFICATE-----\n";
static const char tls_ended_key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg83Qj16FJO+79wFvi\n"
    "/dL33lU2DYBVOQejFKL98mAUHE2hRANCAATamtEebEEkvjj4zOscRZ4c3v+HiYqx\n"
    "oUrIKve8/TiwFLfbok1yFsO+wZY0DzbxvyTnIYGGEgJw6+5kOoqM4Z6A\n"
    "-----END PRIVATE KEY-----\n";
static const char tls_ended_pin[] = "sha256//VOC6UJm7O6dCPaRLwI5qrHvi0kXm77tSK3ED7ouM828=";

#endif
