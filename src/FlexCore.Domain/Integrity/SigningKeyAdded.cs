namespace FlexCore.Domain.Integrity;

/// <summary>The log is signed with a key from here on. Of another one that went before, the checkpoints stay valid.</summary>
/// <param name="KeyId">The key's id in the signatures: 8 hexadecimal digits.</param>
/// <param name="PublicKey">The DER of its SubjectPublicKeyInfo in base64.</param>
[EventType("SigningKeyAdded")]
public sealed record SigningKeyAdded(string KeyId, string PublicKey) : IDomainEvent;
