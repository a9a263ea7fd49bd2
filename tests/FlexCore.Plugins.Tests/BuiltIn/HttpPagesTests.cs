using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.BuiltIn;

namespace FlexCore.Plugins.Tests.BuiltIn;

public sealed class HttpPagesTests
{
    private static readonly Uri Origin = new("https://api.example.com");

    [Theory]
    [InlineData("""<https://api.example.com/orders?page=2>; rel="next", <https://api.example.com/orders?page=9>; rel="last" """, "/orders?page=2")]
    [InlineData("""</orders?page=9>; rel=last, <?page=2>; title="a, <b>"; rel="prefetch next" """, "/orders?page=2")]
    [InlineData("""<https://api.example.com/orders?page=9>; rel="last" """, null)]
    [InlineData("", null)]
    public void Next_page_is_where_the_header_Link_leads(string header, string? next) => Next(new("link", null, null, 0, null, "", 10), "{}", 0, header).ShouldBe(next);

    [Theory]
    [InlineData("""{"next":"/orders?page=2"}""", "/orders?page=2")]
    [InlineData("""{"next":null}""", null)]
    [InlineData("{}", null)]
    public void Next_page_is_where_the_answer_says(string body, string? next) => Next(new("link", "/next", null, 0, null, "", 10), body, 0).ShouldBe(next);

    [Theory]
    [InlineData("""{"meta":{"next":"a b&c"}}""", "/orders?x=1&cursor=a%20b%26c")]
    [InlineData("""{"meta":{"next":17}}""", "/orders?x=1&cursor=17")]
    [InlineData("""{"meta":{"next":""}}""", null)]
    [InlineData("""{"meta":{}}""", null)]
    public void Cursor_of_an_answer_is_set_in_the_query(string body, string? next) => Next(new("cursor", "/meta/next", "cursor", 0, null, "", 10), body, 0, target: "/orders?x=1&cursor=before").ShouldBe(next);

    [Fact]
    public void Numbers_of_pages_and_offsets_grow_until_a_page_is_not_full()
    {
        var pages = new HttpPages(new("page", null, "page", 1, null, "", 10), Origin);
        pages.First("/orders?x=1").ShouldBe("/orders?x=1&page=1");
        pages.Next("/orders?x=1&page=1", Reply(), default, 3).ShouldBe("/orders?x=1&page=2");
        pages.Next("/orders?x=1&page=2", Reply(), default, 0).ShouldBeNull();

        var offsets = new HttpPages(new("offset", null, "skip", 0, 5, "", 10), Origin);
        offsets.First("/orders").ShouldBe("/orders?skip=0");
        offsets.Next("/orders?skip=0", Reply(), default, 5).ShouldBe("/orders?skip=5");
        offsets.Next("/orders?skip=5", Reply(), default, 4).ShouldBeNull();
    }

    [Theory]
    [InlineData("<https://other.example.com/orders>; rel=next", "at another server, other.example.com")]
    [InlineData("<http://api.example.com/orders>; rel=next", "at another server")]
    [InlineData("<https://api.example.com/orders>; rel=next", "leads back to one that was there before")]
    public void Next_page_that_leads_elsewhere_or_in_a_circle_is_refused(string header, string message) =>
        Should.Throw<FlexCoreException>(() => Next(new("link", null, null, 0, null, "", 10), "{}", 0, header)).Error.Message.ShouldContain(message);

    [Fact]
    public void More_pages_than_there_may_be_are_refused() =>
        Should.Throw<FlexCoreException>(() => Next(new("page", null, "page", 1, null, "", 1), "{}", 5)).Error.Message.ShouldContain("more than 1 pages (`most`)");

    [Fact]
    public void Page_without_a_list_of_items_is_refused()
    {
        var pages = new HttpPages(new("page", null, "page", 1, null, "/data", 1), Origin);

        pages.ItemsOf(JsonElement.Parse("""{"data":[1,2]}""")).Count.ShouldBe(2);
        Should.Throw<FlexCoreException>(() => pages.ItemsOf(JsonElement.Parse("""{"data":{}}"""))).Error.Code.ShouldBe(ErrorCodes.StepDataInvalid);
    }

    private static string? Next(HttpPagesSetting settings, string body, int count, string header = "", string target = "/orders")
    {
        var pages = new HttpPages(settings, Origin);
        return pages.Next(pages.First(target), Reply(header), JsonElement.Parse(body), count);
    }

    private static HttpReply Reply(string link = "") => new(200, default, null, [link]);
}
