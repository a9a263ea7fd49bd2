namespace FlexCore.EndToEnd.Server;

/// <summary>A certificate authority of <c>openssl</c>, with another one below it that signs the certificates of servers.</summary>
internal sealed class TestAuthority(string folder)
{
    /// <summary>What clients know.</summary>
    public string Root => Path.Combine(folder, "root.crt");

    /// <summary>Makes the authorities.</summary>
    public static async Task<TestAuthority> CreateAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        var authority = new TestAuthority(folder);
        await authority.RunAsync("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.crt -days 3650 -subj /CN=root -addext basicConstraints=critical,CA:TRUE");
        await authority.RunAsync("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout between.key -out between.csr -subj /CN=between");
        await File.WriteAllTextAsync(Path.Combine(folder, "between.ext"), "basicConstraints=critical,CA:TRUE\n");
        await authority.RunAsync("x509 -req -in between.csr -CA root.crt -CAkey root.key -CAcreateserial -days 3650 -extfile between.ext -out between.crt");
        return authority;
    }

    /// <summary>Makes a certificate for this machine and its key.</summary>
    /// <param name="name">What its subject is called.</param>
    /// <param name="days">For how long.</param>
    /// <param name="password">What the key is locked with; null for nothing.</param>
    /// <returns>The PEM texts of the certificate with what is above it, and of its key.</returns>
    public async Task<(string Chain, string Key)> IssueAsync(string name, int days = 365, string? password = null)
    {
        await RunAsync($"req -newkey rsa:2048 {(password is null ? "-nodes" : $"-passout pass:{password}")} -keyout {name}.key -out {name}.csr -subj /CN={name}");
        await File.WriteAllTextAsync(Path.Combine(folder, "server.ext"), "subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n");
        await RunAsync($"x509 -req -in {name}.csr -CA between.crt -CAkey between.key -CAcreateserial -days {days} -extfile server.ext -out {name}.crt");
        return (await ReadAsync($"{name}.crt") + await ReadAsync("between.crt"), await ReadAsync($"{name}.key"));
    }

    private Task<string> ReadAsync(string file) => File.ReadAllTextAsync(Path.Combine(folder, file));

    private async Task RunAsync(string arguments) => (await Command.RunAsync("openssl", arguments.Split(' '), folder)).ShouldExitWith(0);
}
