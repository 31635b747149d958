# For container tests: certificates that are not in order, as files in a folder.
#
#   bad_certificates FOLDER NAME…     tls.key, and for it expired.pem and self-signed.pem, for these names

bad_certificates() {
  local folder=$1 names
  shift
  names=$(printf ',DNS:%s' "$@")
  mkdir -p "$folder"
  cat >"$folder/ca.conf" <<END
[ca]
default_ca = d
[d]
database = index
serial = serial
new_certs_dir = .
certificate = root.pem
private_key = root.key
default_md = sha256
policy = p
copy_extensions = copy
x509_extensions = x
[p]
commonName = supplied
[x]
authorityKeyIdentifier = keyid
END
  (
    cd "$folder"
    : >index
    echo 01 >serial
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=Lab CA" -keyout root.key -out root.pem
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -addext "subjectAltName=${names#,}" \
      -keyout tls.key -out tls.csr
    # x509 knows no date of its own before OpenSSL 3.4.
    openssl ca -config ca.conf -batch -notext -in tls.csr -startdate 260101000000Z -enddate 260201000000Z -out expired.pem
    openssl x509 -req -in tls.csr -signkey tls.key -days 30 -copy_extensions copy -out self-signed.pem
  ) >"$folder/log" 2>&1 || { cat "$folder/log" >&2; return 1; }
}
