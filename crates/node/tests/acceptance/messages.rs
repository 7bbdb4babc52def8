//! Messages of functions to services that have no endpoint: they are events here.

use crate::world::{World, json};

const SHOP: &str = r#"
workflow: shop
functions:
  say: {service: events, action: putEvents}
triggers:
  begin:
    on: start
    do:
      - invoke:
          function: say
          input: {Entries: [{Source: shop, DetailType: order.placed, Detail: '{"n": 1}'}]}
  heard:
    on: {type: order.placed, source: shop}
    do: [{complete: "{% event.data %}"}]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_message_without_an_endpoint_reaches_the_triggers_that_listen_to_it() {
    let mut world = World::new();
    world.apply_text(SHOP, "shop.yaml").await;
    let run = world.start("shop", "{}").await;
    assert_eq!(world.result(run).await, json(r#"{"n": 1}"#));
    assert_eq!(world.totals().await.published, 1);
    // It was recorded as any event is: a restart knows it.
    world.restart().await;
    assert_eq!(world.totals().await.published, 1);
}
