using System.Text;

namespace FlexCore.EndToEnd;

/// <summary>Secrets that are easy to find again, and a project whose plugins tell them to everybody.</summary>
internal static class CanarySecrets
{
    public const string Token = "canary-7f3a\"\\é&<x> %41+9b";
    public const string Key = "canary-key-1\ncanary-key-2/+==\n";

    /// <summary>Says its secrets in every way that programs have, and leaves them wherever it can.</summary>
    public const string Blabbing =
        """
        import base64, json, os, sys, urllib.parse
        is_tap = "--config" in sys.argv
        document = json.load(open(sys.argv[sys.argv.index("--config") + 1])) if is_tap else json.load(sys.stdin)["input"]
        token, key = document["token"], open("/run/secrets/api_key").read()
        assert os.stat("/run/secrets/api_key").st_mode & 0o777 == 0o400 and os.listdir("/run/secrets") == ["api_key"]
        for text in list(os.environ.values()) + sys.argv + [open("/proc/self/cmdline").read(), open("/proc/1/cmdline").read()]:
            assert "canary" not in text, text
        try: open("/run/secrets/api_key", "w"); sys.exit("writable")
        except OSError: pass
        def blab(file):
            for secret in (token, key):
                raw = secret.encode()
                for text in (secret, repr(secret), repr(raw), json.dumps(secret), json.dumps(json.dumps({"a": secret})), json.dumps(secret, ensure_ascii=False),
                             "".join("\\u%04x" % ord(c) for c in secret), urllib.parse.quote(secret), urllib.parse.quote_plus(secret), urllib.parse.quote(urllib.parse.quote(secret)),
                             base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode(), base64.b64encode(b"user:" + raw).decode(), base64.b64encode(b"me:" + raw + b"!").decode(), raw.hex(), raw.hex().upper()):
                    print("ERROR it is", text, file=file, flush=True)
            print("x" * 65520 + token, file=file, flush=True)
        """;

    private static readonly string[] Forms =
    [
        .. new[] { Token, Key, "canary-key-1", "canary-key-2" }.SelectMany(secret => (string[])[secret, Convert.ToBase64String(Encoding.UTF8.GetBytes(secret))[..^4], Convert.ToHexStringLower(Encoding.UTF8.GetBytes(secret))]),
        "canary", "\\u0063\\u0061\\u006e", Convert.ToHexString("canary"u8),
    ];

    public static async Task<TestProject> ProjectAsync(string beforeRecords = "")
    {
        const string Asks = "capabilities: { secrets: [api_key] }";
        var project = new TestProject()
            .Plugin("tap", "tap", Blabbing + "\n" +
                """
                if "--discover" in sys.argv:
                    print(json.dumps({"streams": [{"tap_stream_id": "s", "stream": "s", "schema": {"properties": {"token": {"default": token}}}, "metadata": []}]}))
                    sys.exit()
                """ + "\n" + beforeRecords + "\n" +
                """
                blab(sys.stderr)
                for stream in ("s", "of " + token):
                    print(json.dumps({"type": "SCHEMA", "stream": stream, "schema": {"properties": {"id": {"type": "integer"}, token: {}}}, "key_properties": []}))
                    print(json.dumps({"type": "RECORD", "stream": stream, "record": {"id": 1, "token": token, "key": key}}))
                    print(json.dumps({"type": "RECORD", "stream": stream, "record": {"id": token, "text": "x" * 70000 + token}}))
                print(json.dumps({"type": "STATE", "value": {"last": 1}}))
                """,
                $"singer: {{ discover: true }}\n{Asks.Replace(" }", ", read: [\"${config.go}\"] }", StringComparison.Ordinal)}")
            .Plugin("target", "target", TestProject.RecordingTarget + "\nprint('the target knows', config['token'])\n", "capabilities: { write: [\"${config.path}\"] }")
            .Plugin("job", "task", Blabbing + "\nblab(sys.stderr)\nif not document['fail']: blab(sys.stdout)\n" + """json.dump({"token": token, key: [token.encode().hex()]}, open(os.environ["FLEXCORE_OUTPUT"], "w"))""" + "\nif document['fail']: sys.exit(print('the key is', key.split()[0], file=sys.stderr, flush=True) or 3)\n", Asks)
            .Write("flexcore.yaml", "")
            .Write("go/.keep", "")
            .Write(
                "pipeline.yaml",
                """
                name: p
                vars: { other: "${NOT_A_REFERENCE}" }
                steps:
                  - id: load
                    sync:
                      from: { plugin: tap, config: { token: "${secret.token}", go: ./go }, select: ["s"] }
                      to: { plugin: target, config: { path: ./out, token: "${secret.token}" } }
                      validate: dead-letter
                  - id: tell
                    needs: [load]
                    task: { plugin: job, input: { token: "${secret.token}", fail: false } }
                  - id: job
                    needs: [tell]
                    task: { plugin: job, input: { token: "${secret.token}", fail: true } }
                grants:
                  tap: { secrets: [api_key], read: [./go] }
                  target: { write: [./out] }
                  job: { secrets: [api_key] }
                """);
        (await project.SetSecretAsync("token", Token)).ShouldExitWith(0);
        (await project.SetSecretAsync("api_key", Key + "\n")).ShouldExitWith(0);
        return project;
    }

    public static void ShouldHideAll(byte[] content, string where)
    {
        foreach (var form in Forms) content.AsSpan().IndexOf(Encoding.UTF8.GetBytes(form)).ShouldBe(-1, $"{form} in {where}");
    }
}
