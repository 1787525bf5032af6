import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PATH } from "./archive.ts";
import { packagesLayer } from "./debian-layer.ts";
import { resolvePackages, writeAccounts } from "./debian.ts";
import type { RecipeMaker } from "./recipe.ts";

const PACKAGES = ["nginx", "dash", "coreutils", "grep", "sed", "curl", "ca-certificates"];

/** nginx as the official image has it: port 80, logs on the standard streams, a welcome page; with a shell and curl. */
export const nginx: RecipeMaker = async (workshop) => {
  const version = await packageVersion("nginx", join(workshop.cache, "packages"));
  const tags = ["latest", "stable", "mainline", "alpine", "1", "1-alpine", "stable-alpine", version];
  const layer = { name: "nginx", packages: PACKAGES, source: import.meta.filename, finish };
  return {
    name: "nginx",
    tags: tags.map((tag) => `docker.io/library/nginx:${tag}`),
    config: {
      Env: [PATH, `NGINX_VERSION=${version}`],
      Cmd: ["nginx", "-g", "daemon off;"],
      ExposedPorts: { "80/tcp": {} },
      StopSignal: "SIGQUIT",
    },
    layers: [await packagesLayer(layer, workshop)],
  };
};

async function packageVersion(name: string, cache: string): Promise<string> {
  const packages = await resolvePackages(PACKAGES, cache);
  const version = packages.flatMap((entry) => (entry.startsWith(`${name}=`) ? entry.slice(name.length + 1) : []))[0];
  const upstream = /^(?:\d+:)?([\d.]+)/.exec(version ?? "")?.[1];
  if (upstream === undefined) throw new Error(`no version of ${name} among Debian's packages`);
  return upstream;
}

async function finish(root: string): Promise<void> {
  await writeAccounts(root, [
    { name: "www-data", id: 33, home: "/var/www" },
    { name: "nginx", id: 101, home: "/nonexistent" },
  ]);
  await rm(join(root, "etc/nginx"), { recursive: true, force: true });
  await mkdir(join(root, "etc/nginx/conf.d"), { recursive: true });
  await writeFile(join(root, "etc/nginx/nginx.conf"), NGINX_CONF);
  await writeFile(join(root, "etc/nginx/conf.d/default.conf"), DEFAULT_CONF);
  await writeFile(join(root, "etc/nginx/mime.types"), MIME_TYPES);
  await mkdir(join(root, "usr/share/nginx/html"), { recursive: true });
  await writeFile(join(root, "usr/share/nginx/html/index.html"), INDEX);
  await writeFile(
    join(root, "usr/share/nginx/html/50x.html"),
    "<!DOCTYPE html>\n<title>Error</title>\n<h1>An error occurred.</h1>\n",
  );
  await mkdir(join(root, "var/cache/nginx"), { recursive: true });
  await rm(join(root, "var/log/nginx"), { recursive: true, force: true });
  await mkdir(join(root, "var/log/nginx"), { recursive: true });
  await symlink("/dev/stdout", join(root, "var/log/nginx/access.log"));
  await symlink("/dev/stderr", join(root, "var/log/nginx/error.log"));
}

const NGINX_CONF = `user nginx;
worker_processes auto;
error_log /var/log/nginx/error.log notice;
pid /run/nginx.pid;

events {
    worker_connections 1024;
}

http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log /var/log/nginx/access.log combined;
    sendfile on;
    keepalive_timeout 65;
    client_body_temp_path /var/cache/nginx/client_temp;
    proxy_temp_path /var/cache/nginx/proxy_temp;
    fastcgi_temp_path /var/cache/nginx/fastcgi_temp;
    uwsgi_temp_path /var/cache/nginx/uwsgi_temp;
    scgi_temp_path /var/cache/nginx/scgi_temp;
    include /etc/nginx/conf.d/*.conf;
}
`;

const DEFAULT_CONF = `server {
    listen 80;
    listen [::]:80;
    server_name localhost;

    location / {
        root /usr/share/nginx/html;
        index index.html index.htm;
    }

    error_page 500 502 503 504 /50x.html;
    location = /50x.html {
        root /usr/share/nginx/html;
    }
}
`;

const MIME_TYPES = `types {
    text/html html htm;
    text/css css;
    text/plain txt;
    text/xml xml;
    application/javascript js;
    application/json json;
    application/wasm wasm;
    image/gif gif;
    image/jpeg jpeg jpg;
    image/png png;
    image/svg+xml svg;
    image/webp webp;
    image/x-icon ico;
    font/woff2 woff2;
}
`;

const INDEX = `<!DOCTYPE html>
<html>
<head><title>Welcome to nginx!</title></head>
<body>
<h1>Welcome to nginx!</h1>
<p>The web server is running.</p>
</body>
</html>
`;
