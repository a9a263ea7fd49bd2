using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace FlexCore.Server.Access.Oidc;

/// <summary>
/// That somebody has gone to the identity provider to sign in. All that has to be known when they come back follows from one secret, which only their browser keeps: whichever node they come back to knows it, and
/// nothing is stored for those who never do.
/// </summary>
/// <param name="Secret">Random bytes in base64url.</param>
internal sealed record SignInAttempt(string Secret)
{
    private const int SecretBytes = 32;

    /// <summary>What the provider sends back with them: nobody else can have begun it (RFC 6749, 10.12).</summary>
    public string State => Derive("state");

    /// <summary>What the ID token must say: it was made for this attempt.</summary>
    public string Nonce => Derive("nonce");

    /// <summary>What shows the provider that the code is exchanged by whoever it was given for (RFC 7636).</summary>
    public string Verifier => Derive("verifier");

    /// <summary>What of it the provider is told beforehand.</summary>
    public string Challenge => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    public static SignInAttempt Begin() => new(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes)));

    private string Derive(string what) => Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.ASCII.GetBytes(what)));
}
