//! The protocol: which method is which operation, and serving a socket.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::post;
use axum::serve::ListenerExt as _;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tonic::Status;
use tonic::server::Grpc;
use tonic_prost::ProstCodec;
use tower::service_fn;

use super::instances::Instances;
use super::messages as m;
use super::payload::Style;
use super::work::{self, Work};
use super::{entities, operations, payload};
use crate::App;

/// How many work items are on their way to a worker before it takes them.
const ITEMS_AHEAD: usize = 16;

/// Largest message that is taken.
const MESSAGE_MAX_BYTES: usize = 64 << 20;

#[derive(Clone)]
struct Door {
    app: App,
    instances: Arc<Instances>,
    work: Arc<Work>,
}

/// Serves the protocol on `listener` until `app` is stopped and the calls that were under way are answered.
///
/// # Errors
/// Where the socket fails.
pub async fn serve(listener: TcpListener, app: App) -> io::Result<()> {
    let instances = Arc::new(Instances::new(app.node.clone()));
    let door = Door { app: app.clone(), instances, work: Arc::default() };
    let routes = Router::new().route("/TaskHubSidecarService/{method}", post(call)).with_state(door);
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
    });
    axum::serve(listener, routes).with_graceful_shutdown(async move { app.stopped().await }).await
}

/// A call of one of the methods.
async fn call(State(door): State<Door>, Path(method): Path<String>, request: Request) -> Response {
    let Door { app, instances, work } = door;
    let style = Style::of(request.headers());
    match method.as_str() {
        "Hello" | "CreateTaskHub" | "DeleteTaskHub" => one(request, |(): ()| async { Ok(()) }).await,
        "StartInstance" => {
            one(request, |asked: m::CreateInstanceRequest| async move {
                let instance_id = operations::start(&instances, asked).await?;
                Ok(m::CreateInstanceResponse { instance_id })
            })
            .await
        }
        "GetInstance" => {
            one(
                request,
                |asked: m::GetInstanceRequest| async move { operations::get(&instances, asked).await },
            )
            .await
        }
        "WaitForInstanceStart" => {
            one(request, |asked: m::GetInstanceRequest| async move {
                operations::wait_start(&instances, asked).await.map(|found| found.restyled(style))
            })
            .await
        }
        "WaitForInstanceCompletion" => {
            one(request, |asked: m::GetInstanceRequest| async move {
                operations::wait_end(&app, &instances, asked).await.map(|found| found.restyled(style))
            })
            .await
        }
        "RaiseEvent" => {
            one(request, |asked: m::RaiseEventRequest| async move {
                operations::raise(&instances, asked).await.map(|()| m::RaiseEventResponse {})
            })
            .await
        }
        "TerminateInstance" => {
            one(request, |asked: m::TerminateRequest| async move {
                let run = instances.get(&asked.instance_id).await?;
                let output = payload::to_value(asked.output.as_deref());
                operations::terminate(&app, &instances, run, output, asked.recursive).await?;
                Ok(m::TerminateResponse {})
            })
            .await
        }
        "SuspendInstance" => {
            one(request, |asked: m::SuspendRequest| async move {
                operations::suspend(&instances, &asked.instance_id, false).await?;
                Ok(m::SuspendResponse {})
            })
            .await
        }
        "ResumeInstance" => {
            one(request, |asked: m::ResumeRequest| async move {
                operations::suspend(&instances, &asked.instance_id, true).await?;
                Ok(m::ResumeResponse {})
            })
            .await
        }
        "RestartInstance" => {
            one(request, |asked: m::RestartInstanceRequest| async move {
                let instance_id = operations::restart(&instances, asked).await?;
                Ok(m::RestartInstanceResponse { instance_id })
            })
            .await
        }
        "RewindInstance" => {
            one(request, |asked: m::RewindInstanceRequest| async move {
                operations::rewind(&instances, asked).await.map(|()| m::RewindInstanceResponse {})
            })
            .await
        }
        "QueryInstances" => {
            one(request, |asked: m::QueryInstancesRequest| async move {
                operations::query(&instances, asked.query).await.map(|found| found.restyled(style))
            })
            .await
        }
        "ListInstanceIds" => {
            one(request, |asked: m::ListInstanceIdsRequest| async move {
                operations::list(&instances, asked).await
            })
            .await
        }
        "PurgeInstances" => {
            one(request, |asked: m::PurgeInstancesRequest| async move {
                operations::purge(&instances, asked).await
            })
            .await
        }
        "StreamInstanceHistory" => {
            many(request, |asked: m::StreamInstanceHistoryRequest| async move {
                let events = operations::history(&instances, &asked.instance_id).await?;
                let chunks: Vec<_> = events
                    .chunks(operations::CHUNK)
                    .map(|events| Ok(m::HistoryChunk { events: events.to_vec() }))
                    .collect();
                Ok(stream::iter(chunks).boxed())
            })
            .await
        }
        "GetWorkItems" => {
            many(request, |asked: m::GetWorkItemsRequest| async move {
                let (items, given) = mpsc::channel(ITEMS_AHEAD);
                tokio::spawn(work::give(app, instances, work, asked, items));
                Ok(stream::unfold(given, |mut given| async { Some((given.recv().await?, given)) }).boxed())
            })
            .await
        }
        "CompleteActivityTask" => {
            one(request, |asked: m::ActivityResponse| async move {
                work::complete_activity(&instances, &work, asked).await.map(|()| m::CompleteTaskResponse {})
            })
            .await
        }
        "CompleteOrchestratorTask" => {
            one(request, |asked: m::OrchestratorResponse| async move {
                work::complete_turn(&app, &instances, &work, asked).await.map(|()| m::CompleteTaskResponse {})
            })
            .await
        }
        "CompleteEntityTask" => {
            one(request, |asked: m::EntityBatchResult| async move {
                work::complete_entity(&instances, &work, asked).await.map(|()| m::CompleteTaskResponse {})
            })
            .await
        }
        "SignalEntity" => {
            one(request, |asked: m::SignalEntityRequest| async move {
                entities::signal(&instances, asked).await.map(|()| m::SignalEntityResponse {})
            })
            .await
        }
        "GetEntity" => {
            one(request, |asked: m::GetEntityRequest| async move {
                entities::get(&instances, asked).await.map(|found| found.restyled(style))
            })
            .await
        }
        "QueryEntities" => {
            one(request, |asked: m::QueryEntitiesRequest| async move {
                entities::query(&instances, asked.query).await.map(|found| found.restyled(style))
            })
            .await
        }
        "CleanEntityStorage" => {
            one(request, |asked: m::CleanEntityStorageRequest| async move {
                entities::clean(&instances, asked).await
            })
            .await
        }
        "AbandonTaskActivityWorkItem" => {
            one(request, |asked: m::AbandonActivityTaskRequest| async move {
                work.abandon(&app, &asked.completion_token).map(|()| m::AbandonActivityTaskResponse {})
            })
            .await
        }
        "AbandonTaskOrchestratorWorkItem" => {
            one(request, |asked: m::AbandonOrchestrationTaskRequest| async move {
                work.abandon(&app, &asked.completion_token).map(|()| m::AbandonOrchestrationTaskResponse {})
            })
            .await
        }
        "AbandonTaskEntityWorkItem" => {
            one(request, |asked: m::AbandonEntityTaskRequest| async move {
                work.abandon(&app, &asked.completion_token).map(|()| m::AbandonEntityTaskResponse {})
            })
            .await
        }
        other => Status::unimplemented(format!("there is no method {other}")).into_http(),
    }
}

/// Answers whose texts clients compare with what they print themselves.
trait Restyled {
    fn texts(&mut self) -> Vec<&mut Option<String>>;

    fn restyled(mut self, style: Style) -> Self
    where
        Self: Sized,
    {
        self.texts().into_iter().for_each(|text| style.restyle(text));
        self
    }
}

impl Restyled for m::OrchestrationState {
    fn texts(&mut self) -> Vec<&mut Option<String>> {
        vec![&mut self.input, &mut self.output, &mut self.custom_status]
    }
}

impl Restyled for m::GetInstanceResponse {
    fn texts(&mut self) -> Vec<&mut Option<String>> {
        self.orchestration_state.iter_mut().flat_map(Restyled::texts).collect()
    }
}

impl Restyled for m::QueryInstancesResponse {
    fn texts(&mut self) -> Vec<&mut Option<String>> {
        self.orchestration_state.iter_mut().flat_map(Restyled::texts).collect()
    }
}

impl Restyled for m::GetEntityResponse {
    fn texts(&mut self) -> Vec<&mut Option<String>> {
        self.entity.iter_mut().map(|entity| &mut entity.serialized_state).collect()
    }
}

impl Restyled for m::QueryEntitiesResponse {
    fn texts(&mut self) -> Vec<&mut Option<String>> {
        self.entities.iter_mut().map(|entity| &mut entity.serialized_state).collect()
    }
}

/// A method that is asked once and answers once.
async fn one<Q, A, W>(request: Request, work: impl FnOnce(Q) -> W) -> Response
where
    Q: Message + Default + 'static,
    A: Message + Default + 'static,
    W: Future<Output = Result<A, Status>> + Send + 'static,
{
    let mut work = Some(work);
    let service = service_fn(|asked: tonic::Request<Q>| {
        let work = work.take().map(|work| work(asked.into_inner()));
        async {
            match work {
                Some(work) => work.await.map(tonic::Response::new),
                None => Err(Status::internal("a request has one message")),
            }
        }
    });
    let mut grpc = Grpc::new(ProstCodec::<A, Q>::default()).max_decoding_message_size(MESSAGE_MAX_BYTES);
    grpc.unary(service, request).await.map(Body::new)
}

/// A method that answers for as long as it has anything to say.
async fn many<Q, A, W>(request: Request, work: impl FnOnce(Q) -> W) -> Response
where
    Q: Message + Default + 'static,
    A: Message + Default + 'static,
    W: Future<Output = Result<BoxStream<'static, Result<A, Status>>, Status>> + Send + 'static,
{
    let mut work = Some(work);
    let service = service_fn(|asked: tonic::Request<Q>| {
        let work = work.take().map(|work| work(asked.into_inner()));
        async {
            match work {
                Some(work) => work.await.map(tonic::Response::new),
                None => Err(Status::internal("a request has one message")),
            }
        }
    });
    let mut grpc = Grpc::new(ProstCodec::<A, Q>::default()).max_encoding_message_size(usize::MAX);
    grpc.server_streaming(service, request).await.map(Body::new)
}
